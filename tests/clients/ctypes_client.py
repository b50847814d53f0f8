# A client as Python programs are: ctypes over the library's public names, nothing else.
import ctypes

library = ctypes.CDLL("libnvidia-ml.so.1")


def text_of(call, *words):
    room = ctypes.create_string_buffer(96)
    return call(*words, room, ctypes.c_uint(96)), room.value.decode()


class Memory(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]


print("before init", library.nvmlDeviceGetCount_v2(ctypes.byref(ctypes.c_uint())))
print("init", library.nvmlInit_v2())
print("init again", library.nvmlInit_v2())
count = ctypes.c_uint()
print("count", library.nvmlDeviceGetCount_v2(ctypes.byref(count)), count.value)
print("driver", *text_of(library.nvmlSystemGetDriverVersion))
for index in range(count.value):
    handle = ctypes.c_void_p()
    code = library.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(index), ctypes.byref(handle))
    memory, temperature = Memory(), ctypes.c_uint()
    library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory))
    library.nvmlDeviceGetTemperature(handle, ctypes.c_uint(0), ctypes.byref(temperature))
    print("gpu", index, code, text_of(library.nvmlDeviceGetName, handle)[1], memory.total, temperature.value)
library.nvmlErrorString.restype = ctypes.c_char_p
print("words", library.nvmlErrorString(15).decode())
print("shutdown", library.nvmlShutdown(), library.nvmlShutdown(), library.nvmlShutdown())
