// The inputs that the reader can change, and everything that is then computed again.

function makeInputs() {
  const kind = (place) => (NODES[place].constant ? 0 : NODES[place].place ? 2 : 1); // data, other leaves, parameters
  const leaves = [...NODES.keys()].filter((place) => NODES[place].input).sort((a, b) => kind(a) - kind(b));
  byId("inputs").hidden = !LESSON.editable || !leaves.length || Boolean(LESSON.quiz);
  const boxes = leaves.map((place) => {
    const label = document.createElement("label");
    const x = evaluate(NODES[place].data, []);
    const reach = Math.max(5, 2 * Math.abs(x));
    const within = NODES[place].place;
    const name = text(placed(NODES[place]));
    label.innerHTML =
      `<span>${math(NODES[place].name)}${within && `<small>${text(within)}</small>`}</span><input type="text" inputmode="text" aria-label="${name}">` +
      `<input type="range" aria-label="${say`${name}, by sliding`}" min="${-reach}" max="${reach}" step="${reach / 200}">`;
    const [box, slide] = label.querySelectorAll("input");
    box.addEventListener("change", () => setLeaf(readNumber(box.value)));
    slide.addEventListener("input", () => setLeaf(Number(slide.value)));
    const setLeaf = (to) => {
      const wrong = to === null ? say`${NODES[place].text}: ${noNumber()}` : recompute(place, to);
      byId("wrong").textContent = wrong;
      fill();
    };
    const fill = () => {
      box.value = numberText(pass.data[place], 12);
      slide.value = pass.data[place];
    };
    fill();
    byId("leaves").append(label);
    return fill;
  });
  byId("reset").addEventListener("click", () => {
    pass = backward(LESSON, tabled(), plan.order);
    byId("wrong").textContent = "";
    for (const fill of boxes) fill();
    writeTables();
    show();
  });
}

// Compute everything again with another number in a leaf; what is wrong, or "".
function recompute(place, x) {
  const leaves = pass.data.slice();
  leaves[place] = x;
  const result = forward(LESSON, leaves);
  if (result.error !== undefined) return outside(result.error, result.data);
  pass = backward(LESSON, result, plan.order);
  writeTables();
  show();
  return "";
}

function outside(gate, data) {
  const { text: name, op, operands } = NODES[gate];
  const named = operands.filter((operand) => !NODES[operand].number);
  const at = named.map((operand) => `${NODES[operand].text} = ${number(data[operand])}`).join(", ");
  const { domain } = LESSON.signs[op];
  return domain
    ? say`${name} does not exist at ${at}: ${domain}. The numbers stay as they were.`
    : say`${name} does not exist at ${at}, or is too large. The numbers stay as they were.`;
}

function writeTables() {
  for (const [turn, gate] of GATES.entries()) byId("forward").rows[turn].cells[3].textContent = number(pass.data[gate]);
  for (const at of plan.moments.keys()) for (const row of rowsOf(at + 1)) row.cells[0].textContent = at + 1;
  for (const step of pass.steps.slice(1)) {
    const { cells } = byId("backward").rows[step.row];
    const local = localDerivative(step, pass);
    const slope = numeral(step.local);
    cells[3].textContent = number(step.upstream);
    if (local.symbols !== slope) cells[4].innerHTML = math(`${local.symbols}<mo>=</mo>${slope}`);
    else cells[4].textContent = number(step.local);
    cells[5].textContent = number(step.contribution);
    cells[6].textContent = `${number(step.before)} → ${number(step.after)}`;
  }
}
