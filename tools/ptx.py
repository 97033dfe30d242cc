"""Makes src/engine/card/kernels/kernels.ptx of the kernels beside it.

Needs no card and no CUDA installation, only the compiler as a library: pip install nvidia-cuda-nvrtc-cu12==12.4.127
(PTX of CUDA 12.4, which drivers from 550 on take). The first line of the file is a hash of the sources that it was made of, so that
a test can tell when it is out of date.
"""

import ctypes
import glob
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parent.parent / "src/engine/card/kernels"
# Compute capability 8.0 is the first with asynchronous copies and TF32; later cards take its PTX too.
OPTIONS = [b"--gpu-architecture=compute_80", b"--std=c++11", b"--fmad=false", b"--include-path=" + str(FOLDER).encode()]


def library():
    paths = [p for base in sys.path for p in glob.glob(base + "/nvidia/cuda_nvrtc/lib/libnvrtc.so.*")]
    if not paths:
        sys.exit("the compiler is missing: pip install nvidia-cuda-nvrtc-cu12==12.4.127")
    return ctypes.CDLL(paths[0])


def fingerprint():
    """Of every source, by name, with its name and length before it (Fowler, Noll and Vo, 64 bits)."""
    value = 0xCBF29CE484222325
    for path in sorted(list(FOLDER.glob("*.cu")) + list(FOLDER.glob("*.h"))):
        text = path.read_bytes()
        for byte in f"{path.name} {len(text)}\n".encode() + text:
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def main():
    lib = library()
    lib.nvrtcGetErrorString.restype = ctypes.c_char_p
    program, size = ctypes.c_void_p(), ctypes.c_size_t()

    def check(code):
        if code:
            lib.nvrtcGetProgramLogSize(program, ctypes.byref(size))
            log = ctypes.create_string_buffer(size.value)
            lib.nvrtcGetProgramLog(program, log)
            sys.exit(f"{lib.nvrtcGetErrorString(code).decode()}\n{log.value.decode()}")

    source = (FOLDER / "kernels.cu").read_bytes()
    check(lib.nvrtcCreateProgram(ctypes.byref(program), source, b"kernels.cu", 0, None, None))
    options = (ctypes.c_char_p * len(OPTIONS))(*OPTIONS)
    check(lib.nvrtcCompileProgram(program, len(OPTIONS), options))
    check(lib.nvrtcGetPTXSize(program, ctypes.byref(size)))
    text = ctypes.create_string_buffer(size.value)
    check(lib.nvrtcGetPTX(program, text))
    (FOLDER / "kernels.ptx").write_text(f"// sources {fingerprint()}\n{text.value.decode()}")


main()
