// Run by node when a site is built: compiles the Python files of a zip for the Python of the page.
// node compile.mjs PYODIDE_MJS SOURCE_ZIP TARGET_ZIP

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodide, source, target] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodide).href);
const python = await loadPyodide();
python.FS.writeFile("/source.zip", new Uint8Array(readFileSync(source)));
python.runPython(`
import compileall, os, py_compile, shutil, zipfile

shutil.unpack_archive("/source.zip", "/made")
os.chdir("/made")
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
for package in ("autograd", "graphviz", "nn"):  # what is imported before anything is drawn
    compileall.compile_dir(package, quiet=2, invalidation_mode=unchecked)
with zipfile.ZipFile("/target.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for folder, _, names in sorted(os.walk(".")):
        for name in sorted(names):
            path = os.path.join(folder, name)
            entry = zipfile.ZipInfo(os.path.relpath(path, "."))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with open(path, "rb") as file:
                archive.writestr(entry, file.read())
`);
writeFileSync(target, python.FS.readFile("/target.zip"));
