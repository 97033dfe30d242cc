"""Stand-ins for the libraries of a graphics card that PyTorch is linked to, for machines that have none.

The wheel of PyTorch on the package index needs three gigabytes of CUDA libraries to be loaded at all, though nothing in them
runs on a processor. Each stand-in has the names that PyTorch asks for; a call says that there is no device, which is
what the real library says on such a machine. Without arguments it serves the PyTorch of the Python that runs it.
"""

import pathlib
import re
import subprocess
import sysconfig
import tempfile

LIBRARIES = pathlib.Path(sysconfig.get_path("purelib")) / "torch" / "lib"
# What a versioned name says beside `lib....so.N`, which is the library itself.
VERSIONS = {"NVSHMEM": "libnvshmem_host.so.3"}
# Libraries whose names carry no version, by how the names begin.
UNVERSIONED = {
    "nccl": "libnccl.so.2",
    "cuFile": "libcufile.so.0",
    "cusparseLt": "libcusparseLt.so.0",
    "nvshmem": "libnvshmem_host.so.3",
}
NO_DEVICE = 100


def said_by(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def needed(library):
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", said_by("readelf", "-d", library)))


def undefined(library):
    for line in said_by("nm", "-D", "--undefined-only", library).splitlines():
        name, _, version = line.split()[-1].partition("@")
        yield name, version.lstrip("@")


def home(name, version, absent):
    """The absent library that a name belongs to, and the version that it has there."""
    if version in absent:
        return version, version
    if VERSIONS.get(version) in absent:
        return VERSIONS[version], version
    if version:
        return None
    for start, library in UNVERSIONED.items():
        if name.startswith(start) and library in absent:
            return library, ""
    if re.match(r"cu[A-Z]", name) and "libcuda.so.1" in absent:
        return "libcuda.so.1", ""
    return None


def stand_in(library, names, folder):
    """Builds one stand-in; every function takes whatever it is given."""
    lines = []
    for name, _ in names:
        if re.search(r"Error(String|Name)$", name):
            lines.append(f'const char *{name}(void) {{ return "there is no card"; }}')
        elif name.startswith("__cuda") or name.endswith("LastError"):
            # Kernels are registered when PyTorch is loaded; nothing is kept.
            lines.append(f"long {name}(void) {{ return 0; }}")
        else:
            lines.append(f"int {name}(void) {{ return {NO_DEVICE}; }}")
    source = folder / "stand_in.c"
    source.write_text("\n".join(lines) + "\n")
    versions = {}
    for name, version in names:
        versions.setdefault(version, []).append(name)
    script = folder / "versions"
    # A library without versions of its own serves names without.
    named = [(version, listed) for version, listed in versions.items() if version]
    script.write_text("".join(f"{version} {{ global: {'; '.join(listed)}; }};\n" for version, listed in named))
    command = ["cc", "-shared", "-fPIC", "-w", "-fno-builtin", f"-Wl,-soname,{library}"]
    if named:
        command.append(f"-Wl,--version-script={script}")
    subprocess.run([*command, "-o", LIBRARIES / library, source], check=True)


def main():
    libraries = sorted(LIBRARIES.glob("*.so*"))
    present = {library.name for library in libraries}
    wanted = set().union(*(needed(library) for library in libraries))
    absent = {library for library in wanted - present if re.match(r"lib(cu|nv|nccl)", library)}
    names = {library: set() for library in absent}
    for library in libraries:
        for name, version in undefined(library):
            found = home(name, version, absent)
            if found:
                names.setdefault(found[0], set()).add((name, found[1]))
    with tempfile.TemporaryDirectory() as folder:
        for library in sorted(names):
            stand_in(library, sorted(names[library]), pathlib.Path(folder))


main()
