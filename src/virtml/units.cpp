// S-class units (chassis with a processor of their own): a machine that can be staged has none, so no handle
// of one is valid.
#include "virtml/words.hpp"

using namespace nvstack::virtml;

namespace {

nvmlReturn_t no_such_unit() {
  return page() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
}

}  // namespace

nvmlReturn_t nvmlUnitGetCount(unsigned int* unitCount) {
  if (!page()) return NVML_ERROR_UNINITIALIZED;
  if (!unitCount) return NVML_ERROR_INVALID_ARGUMENT;
  *unitCount = 0;
  return NVML_SUCCESS;
}
nvmlReturn_t nvmlUnitGetHandleByIndex(unsigned int, nvmlUnit_t*) {
  return no_such_unit();
}
nvmlReturn_t nvmlUnitGetUnitInfo(nvmlUnit_t, nvmlUnitInfo_t*) {
  return no_such_unit();
}
nvmlReturn_t nvmlUnitGetLedState(nvmlUnit_t, nvmlLedState_t*) {
  return no_such_unit();
}
nvmlReturn_t nvmlUnitGetPsuInfo(nvmlUnit_t, nvmlPSUInfo_t*) {
  return no_such_unit();
}
nvmlReturn_t nvmlUnitGetTemperature(nvmlUnit_t, unsigned int, unsigned int*) {
  return no_such_unit();
}
nvmlReturn_t nvmlUnitGetFanSpeedInfo(nvmlUnit_t, nvmlUnitFanSpeeds_t*) {
  return no_such_unit();
}
nvmlReturn_t nvmlUnitGetDevices(nvmlUnit_t, unsigned int*, nvmlDevice_t*) {
  return no_such_unit();
}
nvmlReturn_t nvmlUnitSetLedState(nvmlUnit_t, nvmlLedColor_t) {
  return no_such_unit();
}
