# A client of libcuda as Python programs are: ctypes, the driver API's public names, one PTX kernel on every GPU.
# Words: nothing for the whole check; "hold BYTES" to keep memory and wait for a line; "bad" for kernels that fail.
import ctypes
import sys

library = ctypes.CDLL("libcuda.so.1")
size, pointer, word = ctypes.c_size_t, ctypes.c_void_p, ctypes.c_uint64

KERNEL = """.version 7.8
.target sm_%d
.address_size 64
.visible .entry k(.param .u64 out)
{
  .reg .b32 %%r<6>;
  .reg .b64 %%rd<4>;
  ld.param.u64 %%rd1, [out];
  mov.u32 %%r1, %%ctaid.x;
  mov.u32 %%r2, %%ntid.x;
  mov.u32 %%r3, %%tid.x;
  mad.lo.s32 %%r4, %%r1, %%r2, %%r3;
  mad.lo.s32 %%r5, %%r4, 3, 1;
  mul.wide.u32 %%rd2, %%r4, 4;
  add.s64 %%rd3, %%rd1, %%rd2;
  %s
  ret;
}
"""


def name_of(code):
    text = ctypes.c_char_p()
    library.cuGetErrorName(code, ctypes.byref(text))
    return text.value.decode() if text.value else str(code)


def attribute(number, device):
    value = ctypes.c_int()
    library.cuDeviceGetAttribute(ctypes.byref(value), number, device)
    return value.value


def context_of(device):
    context = pointer()
    code = library.cuDevicePrimaryCtxRetain(ctypes.byref(context), device)
    library.cuCtxSetCurrent(context)
    return code


def load(device, statement):
    log = ctypes.create_string_buffer(2048)
    options, values = (ctypes.c_int * 2)(5, 6), (pointer * 2)(ctypes.cast(log, pointer), 2048)
    capability = min(10 * attribute(75, device) + attribute(76, device), 89)
    module, function = pointer(), pointer()
    text = (KERNEL % (capability, statement)).encode()
    code = library.cuModuleLoadDataEx(ctypes.byref(module), text, 2, options, values)
    if code == 0:
        code = library.cuModuleGetFunction(ctypes.byref(function), module, b"k")
    return code, function, log.value.decode()


def run(device, statement):
    count, address = 1024, word()
    code = library.cuMemAlloc_v2(ctypes.byref(address), size(count * 4))
    if code:
        return name_of(code)
    code, function, log = load(device, statement)
    if code:
        return name_of(code) + " " + log.split("\n")[0]
    parameters = (pointer * 1)(ctypes.cast(ctypes.byref(address), pointer))
    library.cuLaunchKernel(function, count // 128, 1, 1, 128, 1, 1, 0, None, parameters, None)
    code = library.cuCtxSynchronize()
    result = (ctypes.c_uint32 * count)()
    if code == 0:
        code = library.cuMemcpyDtoH_v2(result, address, size(count * 4))
    right = all(value == 3 * index + 1 for index, value in enumerate(result))
    library.cuMemFree_v2(address)
    return name_of(code) + (" right" if right else " wrong")


version, count = ctypes.c_int(), ctypes.c_int()
library.cuDriverGetVersion(ctypes.byref(version))
print("version", version.value)
code = library.cuInit(0)
print("init", code, name_of(code))
if code:
    sys.exit(1)
library.cuDeviceGetCount(ctypes.byref(count))
print("count", count.value)
if sys.argv[1:2] == ["hold"]:
    address = word()
    print("context", name_of(context_of(0)))
    print("alloc", name_of(library.cuMemAlloc_v2(ctypes.byref(address), size(int(sys.argv[2])))), flush=True)
    sys.stdin.readline()
    print("after", name_of(library.cuCtxSynchronize()))
    sys.exit(0)
if sys.argv[1:2] == ["bad"]:
    for statement in ("st.global.u32 [0], %r5;", "st.global.u64 [%rd3+1], %rd1;", "trap;", "wgmma.fence.sync.aligned;"):
        print("context", name_of(context_of(0)))
        print("bad", run(0, statement))
        library.cuDevicePrimaryCtxReset_v2(0)
    sys.exit(0)
for device in range(count.value):
    name, place = ctypes.create_string_buffer(96), ctypes.create_string_buffer(32)
    library.cuDeviceGetName(name, 96, device)
    library.cuDeviceGetPCIBusId(place, 32, device)
    print("gpu", device, name.value.decode(), place.value.decode(), attribute(75, device), attribute(76, device), attribute(16, device))
    code = context_of(device)
    print("kernel", device, name_of(code) if code else run(device, "st.global.u32 [%rd3], %r5;"))
