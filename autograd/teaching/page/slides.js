// Slides, one at a time: by keys, by a presenter, which sends the same keys, or by the buttons.

const SLIDES = [...document.querySelectorAll(".slide")];
const ON = ["ArrowRight", "ArrowDown", "PageDown", "Enter", " ", "n"];
const BACK = ["ArrowLeft", "ArrowUp", "PageUp", "Backspace", "b"];
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
let here = 0;

function show(place) {
  here = Math.max(0, Math.min(SLIDES.length - 1, place));
  for (const [turn, slide] of SLIDES.entries()) slide.classList.toggle("here", turn === here);
  byId("place").textContent = `${here + 1} / ${SLIDES.length}`;
  byId("back").disabled = here === 0;
  byId("on").disabled = here === SLIDES.length - 1;
  try {
    history.replaceState(null, "", `#${here + 1}`);
  } catch {
    // in a frame there is no address to write to
  }
}

// What waits on this slide is shown first, and only then the next slide.
function on() {
  const later = SLIDES[here].querySelector(".later:not(.told)");
  if (later) later.classList.add("told");
  else show(here + 1);
}

function toggleNotes() {
  const is = root.classList.toggle("notes");
  byId("notes").setAttribute("aria-pressed", is);
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.closest("button") && ["Enter", " "].includes(event.key)) return; // it is pressed
  if (ON.includes(event.key)) on();
  else if (BACK.includes(event.key)) show(here - 1);
  else if (event.key === "Home") show(0);
  else if (event.key === "End") show(SLIDES.length - 1);
  else if (event.key === "s") toggleNotes();
  else if (event.key === "f" && document.fullscreenElement) document.exitFullscreen();
  else if (event.key === "f") root.requestFullscreen?.();
  else return;
  event.preventDefault();
});
byId("on").addEventListener("click", on);
byId("back").addEventListener("click", () => show(here - 1));
byId("notes").addEventListener("click", toggleNotes);
addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1));

root.classList.add("runs");
show((Number(location.hash.slice(1)) || 1) - 1);
