# A client of libnvidia-cfg as the persistence daemon is: list, open, hold, close.
import ctypes

library = ctypes.CDLL("libnvidia-cfg.so.1")


class Place(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("domain", "bus", "slot", "function")]


count, places = ctypes.c_int(), ctypes.POINTER(Place)()
print("count", library.nvCfgGetPciDevices(ctypes.byref(count), ctypes.byref(places)), count.value)
first = places[0]
handle, text = ctypes.c_void_p(), ctypes.c_char_p()
print("open", library.nvCfgOpenPciDevice(first.domain, first.bus, first.slot, 0, ctypes.byref(handle)))
print("name", library.nvCfgGetProductName(handle, ctypes.byref(text)), text.value.decode())
print("uvm", library.nvCfgEnableUVMPersistence(handle), library.nvCfgDisableUVMPersistence(handle))
print("close", library.nvCfgCloseDevice(handle), library.nvCfgCloseDevice(handle))
ctypes.CDLL(None).free(places)
