// A stepper in a page: buttons that move it, the picture at its step, and its card. It is a module of
// anywidget, and the playground mounts it too.
//
// model : get("index"), get("last") and get("page") are what Python shows; send({ move }) asks Python
//         to move, and on("change:page", ...) hears that it has.

const MOVES = [
  ["restart", "|◀", "to the start"],
  ["back", "◀ step", "one step back"],
  ["step", "step ▶", "one step"],
  ["next", "gate ▶▶", "one gate"],
  ["run", "▶|", "to the next breakpoint, or to the end"],
];

function render({ model, el }) {
  const make = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const buttons = MOVES.map(([move, textContent, title]) => {
    const button = make("button", { type: "button", textContent, title, ariaLabel: title });
    button.addEventListener("click", () => model.send({ move }));
    return button;
  });
  const slider = make("input", { type: "range", min: -1, step: 1, ariaLabel: "step" });
  slider.addEventListener("change", () => model.send({ move: Number(slider.value) }));
  const place = make("output", {});
  const shown = make("div", { className: "shown" });

  const show = () => {
    const [index, last] = [model.get("index"), model.get("last")];
    slider.max = last;
    slider.value = index;
    place.textContent = index < 0 ? "before step 0" : `step ${index} of ${last}`;
    buttons.forEach((button, at) => { button.disabled = at < 2 ? index < 0 : index >= last; });
    shown.innerHTML = model.get("page");
    for (const wide of shown.querySelectorAll("pre")) wide.tabIndex = 0; // which may scroll
  };
  show();
  const changes = ["change:index", "change:page"];
  for (const change of changes) model.on(change, show);
  const player = make("div", { className: "moves" }, ...buttons, slider, place);
  player.setAttribute("role", "group");
  player.setAttribute("aria-label", "Stepper");
  el.append(make("div", { className: "chalkgrad-stepper" }, player, shown));
  return () => changes.forEach((change) => model.off(change, show));
}

export default { render };
