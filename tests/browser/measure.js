// What is wrong at any step of a lesson: cut off, covered, moved, out of view, or too small.
async (least) => {
  const wrong = [];
  const box = (element) => element.getBoundingClientRect();
  const inside = (inner, outer, by = 1) =>
    inner.left >= outer.left - by && inner.right <= outer.right + by &&
    inner.top >= outer.top - by && inner.bottom <= outer.bottom + by;
  const frames = ["#picture", "#bar", "#side", "#reading", "#inputs", "#player"];
  const places = () => frames.map((name) => {
    const { left, top, right, bottom } = box(document.querySelector(name));
    return [left, top, right, bottom].map(Math.round).join(",");
  }).join(" ");
  const apart = [["#picture", "#side"], ["#picture", "#player"], ["#side", "#player"], ["#picture", "#bar"]];
  const at = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  at("Home");
  const first = places();
  for (const step of Array(LAST + 1).keys()) {
    if (step) at("ArrowRight");
    const say = (what) => wrong.push(`step ${step}: ${what}`);
    if (places() !== first) say(`moved: ${places()} from ${first}`);
    for (const pair of apart) {
      const [a, b] = pair.map((name) => box(document.querySelector(name)));
      if (a.right > b.left + 1 && b.right > a.left + 1 && a.bottom > b.top + 1 && b.bottom > a.top + 1) say(pair);
    }
    const reading = byId("reading");
    const room = box(reading);
    const scrolls = reading.scrollHeight > reading.clientHeight + 2;
    const hint = getComputedStyle(byId("more"));
    if (scrolls && hint.visibility !== "visible" && hint.display !== "none") say("scrolls, and does not say so");
    for (const piece of document.querySelectorAll("#card dt, #card dd, #card math, #card .note")) {
      const { left, right } = box(piece);
      if (left < room.left - 1 || right > room.right + 1) say(`cut off: ${piece.textContent}`);
      if (!scrolls && !inside(box(piece), room, 4)) say(`not in the card: ${piece.textContent}`);
    }
    const gradient = document.querySelector("#card > .gradient");
    if (gradient && innerWidth < 500 && !inside(box(gradient), room)) say("the += is not to be seen");
    const gate = document.querySelector("#picture .node.gate");
    const frame = box(byId("picture"));
    if (gate && !inside(box(gate), frame)) say("the gate at work is not in view");
    if (gate) {
      for (const words of gate.querySelectorAll(":scope > text")) {
        const letters = parseFloat(words.getAttribute("font-size")) * words.getScreenCTM().a;
        if (letters < least - 0.01) say(`letters of ${letters}`);
        const [text, around] = [box(words), box(gate.querySelector("path"))];
        if (text.left < around.left || text.right > around.right) say(`sticks out: ${words.textContent}`);
      }
    }
    if (!gate) {
      const nodes = [...document.querySelectorAll("#picture .node:not(.inside, .opened)")];
      if (step < LAST && !nodes.every((node) => inside(box(node), frame, 2))) say("not the whole");
    }
  }
  return wrong;
}
