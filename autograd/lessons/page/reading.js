// The card on the page: letters as large as its tallest moment allows, and no formula cut off.

const SIZES = [1, 0.94, 0.89];
const LONGEST = 12; // cards that are measured, those with the most to say
const SMALLEST = 0.6; // to which a formula shrinks

class Reading {
  // cards: gives what the card says at every moment. shown: is called once a card is on the page.
  constructor(cards, shown) {
    this.cards = cards;
    this.shown = shown;
    this.frame = document.getElementById("reading");
    this.card = document.getElementById("card");
    new ResizeObserver(() => this.fit()).observe(this.frame);
  }

  show(markup) {
    this.markup = markup;
    this.card.innerHTML = markup;
    this.shown();
    breakWide(this.card);
    this.frame.scrollTop = 0;
    tellMore();
  }

  // One size of letters for all moments, so that nothing moves from one to the next.
  fit() {
    if (this.markup === undefined || !this.frame.clientHeight) return;
    const longest = this.cards().sort((a, b) => b.length - a.length).slice(0, LONGEST);
    this.card.style.setProperty("--card", "1em");
    for (const size of SIZES) {
      this.card.style.setProperty("--card", `${size}em`);
      const fits = longest.every((markup) => {
        this.card.innerHTML = markup;
        breakWide(this.card);
        return this.frame.scrollHeight <= this.frame.clientHeight + 1;
      });
      if (fits) break;
    }
    this.show(this.markup);
  }
}

// Break formulas that are wider than there is room for, at operators; shrink what still is.
function breakWide(card) {
  for (const dd of card.querySelectorAll("dd")) {
    const room = dd.clientWidth;
    for (const math of dd.querySelectorAll("math")) {
      if (math.getBoundingClientRect().width <= room) continue;
      for (const piece of broken(math)) {
        const { width } = piece.getBoundingClientRect();
        if (width > room) piece.style.fontSize = `${Math.max(SMALLEST, (room / width) * 0.98) * 1.15}em`;
      }
    }
  }
}

const BREAKS = "=+−·→";

// A formula in pieces, each of which begins with an operator, or follows a comma.
function broken(math) {
  const pieces = [[]];
  for (const token of tokens(math)) {
    const infix = token.localName === "mo" && token.getAttribute("form") !== "prefix";
    if (infix && BREAKS.includes(token.textContent) && pieces[pieces.length - 1].length) {
      token.setAttribute("form", "infix");
      pieces.push([]);
    }
    pieces[pieces.length - 1].push(token);
    if (infix && token.textContent === ",") pieces.push([]);
  }
  const made = pieces.filter((piece) => piece.length).map((piece) => {
    const part = math.cloneNode(false);
    part.append(...piece);
    return part;
  });
  math.replaceWith(...made.flatMap((part, turn) => (turn ? [document.createElement("wbr"), part] : [part])));
  return made;
}

// The parts of a formula without the rows around them; a sign that began a row stays a sign.
function tokens(parent) {
  const children = [...parent.children];
  if (children.length > 1 && children[0].localName === "mo") children[0].setAttribute("form", "prefix");
  return children.flatMap((child) => (child.localName === "mrow" ? tokens(child) : [child]));
}
