// Several lessons in one file: the index, or one of them, and the way from one to the next.

const SECTIONS = [...document.querySelectorAll("main > section")]; // the index first

function open(place) {
  for (const [turn, section] of SECTIONS.entries()) section.hidden = turn !== place;
  const kept = SECTIONS[place].querySelector("noscript"); // a frame that has not been shown
  if (kept) kept.outerHTML = kept.textContent; // only now, for a hidden one could not measure its picture
}

// Open one that the reader has asked for: then the keys play it.
function goTo(place) {
  open(place);
  SECTIONS[place].querySelector(place ? "iframe" : "a").focus();
}

const fromAddress = (address) => {
  const match = /#graph-([0-9]+)$/.exec(address);
  return match && Number(match[1]) < SECTIONS.length ? Number(match[1]) : 0;
};

// The same, for the reader to come back from.
function follow(place) {
  if (place >= SECTIONS.length) return;
  goTo(place);
  try {
    history.pushState(null, "", `#graph-${place}`);
  } catch {
    // in a frame of a notebook there is no address to write to
  }
}

// To the next, 1, the one before, -1, or the index, 0.
function move(by) {
  const here = SECTIONS.findIndex((section) => !section.hidden);
  if (here + by >= 0) follow(by && here + by);
}

const KEYS = { n: 1, b: -1, i: 0 };

document.documentElement.classList.add("runs");
document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault(); // in a notebook an address would lead out of the frame
  follow(fromAddress(link.getAttribute("href")));
});
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in KEYS)) return;
  move(KEYS[event.key]);
  event.preventDefault(); // else it goes on to what has the focus now
});
addEventListener("message", ({ source, data }) => {
  const section = SECTIONS.find((each) => each.querySelector("iframe")?.contentWindow === source);
  if (section && !section.hidden && [1, -1, 0].includes(data)) move(data);
});
for (const change of ["popstate", "hashchange"]) addEventListener(change, () => goTo(fromAddress(location.hash)));
document.getElementById("print").addEventListener("click", () => print());
open(fromAddress(location.hash));
