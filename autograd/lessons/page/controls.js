// What all players share: their buttons and keys, full screen, and the letters for a projector.

const byId = (id) => document.getElementById(id);
const text = (words) => String(words).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

const KEYS = { ArrowRight: "step", ArrowLeft: "back", Home: "first", End: "last" };
const SHIFTED = { ArrowRight: "next", ArrowLeft: "previous" };

// Connect the buttons of a player, its slider and its keys.
// act: does what a name asks for: "first", "back", "step", "next", "last", or "previous", a key only;
// it is told whether the key is held down.
// toggle: plays, or pauses. seek: goes to a place of the slider. arrange: fits the page to its room.
// views: what further keys do, which change no moment. own: is asked first, and true if that was all.
// asleep: whether no moment can be gone to just now.
function connect({ act, toggle, seek, arrange, views = {}, own = () => false, asleep = () => false }) {
  const help = () => byId("help").showModal();
  // Large letters, the picture over the full width, and the player out of the way until pointed at.
  const projector = () => {
    const on = document.documentElement.classList.toggle("projector");
    byId("projector").setAttribute("aria-pressed", on);
    arrange();
  };
  const others = { "?": help, f: fullScreen, p: projector, ...views };
  const does = (event) => {
    const { key, target } = event;
    if (own(event)) return true;
    if (key in others) others[key]();
    else if (asleep()) return false;
    else if (key === " ") {
      if (target.closest("button, summary, a")) return false; // which it presses
      toggle();
    } else {
      const name = (event.shiftKey ? SHIFTED : KEYS)[key];
      if (!name) return false;
      act(name, event.repeat);
    }
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || byId("help").open) return;
    if (event.target.closest("input, select, textarea") || scrolls(event)) return;
    if (does(event)) event.preventDefault();
  });
  for (const id of ["first", "back", "step", "next", "last"]) byId(id).addEventListener("click", () => act(id));
  byId("play").addEventListener("click", toggle);
  byId("slider").addEventListener("input", () => seek(Number(byId("slider").value)));
  byId("keys").addEventListener("click", help);
  byId("projector").addEventListener("click", projector);
  byId("reading").addEventListener("scroll", tellMore);
}

// Whether a key scrolls the frame that has the focus.
function scrolls({ target }) {
  if (!target.matches(".scroll, #reading, #about")) return false;
  return target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {}); // a notebook may not allow it
}

// What the button would do now.
function showPlaying(on) {
  const word = on ? say("pause") : say("play");
  byId("play").innerHTML = `${on ? "❚❚" : "▶"}<span class="word"> ${word}</span>`;
  byId("play").setAttribute("aria-label", word);
}

// Say so where the card has more below.
function tellMore() {
  const { scrollHeight, clientHeight, scrollTop } = byId("reading");
  byId("more").classList.toggle("is", scrollHeight - clientHeight - scrollTop > 2);
}

// Put a moment into the address, so that a link leads to it.
function remember(moment) {
  try {
    history.replaceState(null, "", `#${moment}`);
  } catch {
    // in a frame of a notebook there is no address to write to
  }
}
