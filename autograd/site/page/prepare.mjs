// Run by node when a site is built, so that the Python of a page starts in a fifth of the time:
// compiles the Python files of a zip, and keeps a picture of the memory in which they are imported.
// node prepare.mjs PYODIDE_MJS SOURCE_ZIP TARGET_ZIP MEMORY

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodide, source, target, memory] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(pyodide).href);
const compiling = await loadPyodide();
compiling.FS.writeFile("/source.zip", new Uint8Array(readFileSync(source)));
compiling.runPython(`
import compileall, os, py_compile, shutil, zipfile

shutil.unpack_archive("/source.zip", "/made")
os.chdir("/made")
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
for package in ("autograd", "graphviz", "markdown_it", "nn"):  # what is imported in a page
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
const zip = compiling.FS.readFile("/target.zip");
writeFileSync(target, zip);

const python = await loadPyodide({ _makeSnapshot: true });
const packages = python.runPython("import site; site.getsitepackages()[0]");
python.unpackArchive(zip, "zip", { extractDir: packages });
python.runPython(`
import gc
import autograd.site.playground, graphviz, nn

gc.collect()
`);
writeFileSync(memory, python.makeMemorySnapshot());
