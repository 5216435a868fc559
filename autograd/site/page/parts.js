// The links to the parts of the course, with marks at those that are done, which the browser keeps.

const LINKS = [...document.querySelectorAll(".parts a")]; // in order
const done = new Set(); // the numbers of parts; what is stored is added

// The storage of the browser, which may refuse: then all is kept as long as the page is open.
function stored(work) {
  try {
    return work(localStorage);
  } catch {
    return null;
  }
}

const keyOf = (part) => `chalkgrad.course.${part}.done`;

// Mark the links, for the eye and for who hears the page.
function mark() {
  for (const [place, link] of LINKS.entries()) {
    const part = String(place + 1);
    const is = done.has(part) || stored((storage) => storage.getItem(keyOf(part))) !== null;
    link.classList.toggle("done", is);
    link.setAttribute("aria-label", is ? `${link.title}, done` : link.title);
  }
}

function setDone(part, is) {
  if (is) done.add(part);
  else done.delete(part);
  stored((storage) => (is ? storage.setItem(keyOf(part), "yes") : storage.removeItem(keyOf(part))));
  mark();
}

addEventListener("storage", mark); // of another tab, or of a frame
addEventListener("pageshow", mark); // also on the way back
mark();

