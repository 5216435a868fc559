// What the reader can change: a control for each setting, and which of them begin the run anew.

const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const WIDTHS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];
const PENALTIES = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];
const OF_DATA = ["data", "count", "noise", "dataSeed", "heldOut"]; // which runs side by side share
const GOING_ON = ["rate", "batch", "optimizer", "momentum", "nesterov", "l1", "l2"]; // without a new start
const USUAL_RATE = { sgd: 0.1, momentum: 0.03, adam: 0.01 };

class Controls {
  // changed: is called with the settings that are to be others; with null, for all to be as at first.
  constructor(settings, changed) {
    this.settings = settings;
    this.changed = changed;
    this.form = byId("controls");
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.make();
  }

  make() {
    const { settings } = this;
    this.form.replaceChildren();
    const first = LESSON.runs[settings.run].settings;
    const given = { given: first.data === "given" ? say("as given") : null };
    const data = { ...(given.given ? given : {}) };
    for (const name of Object.keys(MAKERS)) data[name] = say(name);
    this.select(say("data [points]"), "data", data, String, (name) => (name === "given" ? {} : { noise: LESSON.noises[name] }));
    if (settings.data !== "given") {
      this.select(say("points"), "count", among([20, 50, 100, 200, 500, 1000], settings.count), Number);
      this.select(say("noise"), "noise", among([0, 0.03, 0.05, 0.08, 0.1, 0.2, 0.3, 0.5], settings.noise), Number);
      const shares = among([0, 0.2, 0.5, 0.8], settings.heldOut);
      for (const share of Object.keys(shares)) shares[share] = `${Math.round(100 * share)} %`;
      this.select(say("held out"), "heldOut", shares, Number);
      this.button(say("other points"), () => this.change({ dataSeed: settings.dataSeed + 1 }));
    }
    const depth = settings.hidden.length;
    const width = settings.hidden[0] ?? 8;
    const even = settings.hidden.every((each) => each === width);
    const all = (count, wide) => Array.from({ length: count }, () => wide);
    this.select(say("hidden layers"), null, among([0, 1, 2, 3, 4, 5, 6], depth), Number, (count) => ({ hidden: all(count, width) }), depth);
    const widths = among(WIDTHS, ...(even ? [width] : []));
    const shown = even ? width : "given";
    if (!even) widths.given = settings.hidden.join(", ");
    this.select(say("neurons in each"), null, widths, String, (wide) => (wide === "given" ? {} : { hidden: all(Math.max(1, depth), Number(wide)) }), shown);
    const activations = Object.fromEntries(["tanh", "relu", "sigmoid", "leaky_relu", "elu", "gelu", "silu", "softplus"].map((name) => [name, name]));
    this.select(say("activation"), "activation", { "": say("none"), ...activations }, String);
    const inits = { suited: say("suited to it"), ...Object.fromEntries(Object.keys(INITIALISERS).map((name) => [name, name.replace("_", " ")])) };
    this.select(say("first weights"), "init", first.init === "given" ? { given: say("as given"), ...inits } : inits, String);
    this.number(say("seed"), "seed");
    this.select(say("learning rate"), "rate", among(RATES, settings.rate), Number);
    this.select(say("optimiser"), "optimizer", { sgd: "SGD", momentum: say("SGD, momentum"), adam: "Adam" }, String, (name) => ({
      momentum: name === "momentum" ? first.momentum || 0.9 : 0,
      nesterov: name === "momentum" && first.nesterov,
      rate: name === first.optimizer ? first.rate : USUAL_RATE[name],
    }));
    this.select(say("batch"), "batch", { ...among([1, 4, 8, 16, 32, 64, 128], ...(settings.batch ? [settings.batch] : [])), 0: say("all") }, Number);
    this.select("L1", "l1", among(PENALTIES, settings.l1), Number);
    this.select("L2", "l2", among(PENALTIES, settings.l2), Number);
    this.button(say("as at first"), () => this.change(null));
  }

  label(words, control) {
    const label = document.createElement("label");
    label.append(words, control);
    this.form.append(label);
  }

  // choices: what is shown of each value. follows: what else a value changes.
  select(words, name, choices, read, follows = () => ({}), value = this.settings[name]) {
    const control = document.createElement("select");
    for (const [key, shown] of Object.entries(choices)) control.add(new Option(shown, key));
    control.value = String(value);
    control.dataset.name = name ?? words;
    control.addEventListener("change", () => {
      const to = read(control.value);
      this.change({ ...(name ? { [name]: to } : {}), ...follows(to) });
    });
    this.label(words, control);
  }

  number(words, name) {
    const control = document.createElement("input");
    control.type = "text";
    control.inputMode = "numeric";
    control.value = this.settings[name];
    control.dataset.name = name;
    control.addEventListener("change", () => {
      if (/^[0-9]{1,15}$/.test(control.value.trim())) this.change({ [name]: control.value.trim() });
      else control.value = this.settings[name];
    });
    this.label(words, control);
  }

  button(words, act) {
    const control = document.createElement("button");
    control.type = "button";
    control.textContent = words;
    control.dataset.name = words;
    control.addEventListener("click", act);
    this.form.append(control);
  }

  change(settings) {
    const name = document.activeElement?.dataset?.name;
    this.changed(settings);
    for (const control of this.form.querySelectorAll("[data-name]")) if (control.dataset.name === name) control.focus();
  }

  show(settings) {
    this.settings = settings;
    this.make();
  }
}

// Whether a run with these settings has to begin anew, and cannot go on with them.
function beginsAnew(before, after) {
  return Object.keys(after).some((key) => String(before[key]) !== String(after[key]) && !GOING_ON.includes(key));
}

// Values to choose from, in order, with one that may be between them.
function among(values, ...others) {
  const all = [...new Set([...values, ...others])].sort((a, b) => a - b);
  return Object.fromEntries(all.map((value) => [String(value), String(value)]));
}
