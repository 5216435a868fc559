// The words of the page, in its language; English is what the code says.

// say`step ${3} of ${7}` looks up "step {0} of {1}"; say("rule") looks up a text without places.
function say(texts, ...values) {
  const key = typeof texts === "string" ? texts : texts.reduce((all, text, turn) => `${all}{${turn - 1}}${text}`);
  const said = LESSON.words[key] ?? key;
  return values.length ? said.replace(/\{([0-9])\}/g, (_, place) => values[place]) : said;
}

// counted("{0} uses", 2): in the singular or the plural.
function counted(key, count) {
  const [singular, plural] = LESSON.words[key];
  return (LESSON.singular.includes(count) ? singular : plural).replace("{0}", count);
}
