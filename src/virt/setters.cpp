#include "virt/setters.hpp"

#include "virt/setter_rows.hpp"

namespace nvstack::virt {

namespace {

using channel::Op;

/// What no staged board lets itself be told: there is no driver model on Linux, and no vGPU host.
std::int32_t refuse(const Change&) {
  return NVML_ERROR_NOT_SUPPORTED;
}

struct SetterRow {
  Op op;
  std::int32_t (*set)(const Change&);
};
constexpr SetterRow kSetters[] = {
    {Op::set_power_limit, set_power_limit},
    {Op::set_compute_mode, set_compute_mode},
    {Op::set_ecc_mode, set_ecc_mode},
    {Op::set_dram_encryption, set_dram_encryption},
    {Op::clear_ecc, clear_ecc},
    {Op::set_gom, set_gom},
    {Op::set_driver_model, refuse},
    {Op::set_application_clocks, set_application_clocks},
    {Op::reset_application_clocks, reset_application_clocks},
    {Op::set_locked_clocks, set_locked_clocks},
    {Op::reset_locked_clocks, reset_locked_clocks},
    {Op::set_clock_offset, set_clock_offset},
    {Op::set_auto_boost, set_auto_boost},
    {Op::set_api_restriction, set_api_restriction},
    {Op::set_accounting_mode, set_accounting_mode},
    {Op::clear_accounting, clear_accounting},
    {Op::set_fan_speed, set_fan_speed},
    {Op::set_fan_policy, set_fan_policy},
    {Op::set_temperature_threshold, set_temperature_threshold},
    {Op::set_power_mizer, set_power_mizer},
    {Op::set_mig_mode, set_mig_mode},
    {Op::create_gpu_instance, create_gpu_instance},
    {Op::destroy_gpu_instance, destroy_gpu_instance},
    {Op::create_compute_instance, create_compute_instance},
    {Op::destroy_compute_instance, destroy_compute_instance},
    {Op::reset_nvlink_errors, reset_nvlink_errors},
    {Op::set_nvlink_bandwidth, set_nvlink_bandwidth},
    {Op::set_nvlink_low_power, set_nvlink_low_power},
    {Op::set_gpm_streaming, set_gpm_streaming},
    {Op::set_cc_unprotected, set_cc_unprotected},
    {Op::set_cc_ready, set_cc_ready},
    {Op::set_power_profile, set_power_profile},
    {Op::set_power_smoothing, set_power_smoothing},
    {Op::set_rusd, set_rusd},
    {Op::set_virtualization_mode, refuse},
    {Op::set_vgpu_heterogeneous, set_vgpu_heterogeneous},
    {Op::set_vgpu_scheduler, set_vgpu_scheduler},
    {Op::set_vgpu_encoder, set_vgpu_encoder},
    {Op::set_hostname, set_hostname},
    {Op::set_drain, set_drain},
};

}  // namespace

std::int32_t apply_setter(channel::Page& page, channel::Gpu& gpu, const channel::Request& request,
                          channel::Reply& reply, const SetterCaller& caller) {
  for (const SetterRow& row : kSetters)
    if (row.op == request.op) return row.set({page, gpu, request, reply, caller});
  return NVML_ERROR_NOT_SUPPORTED;
}

}  // namespace nvstack::virt
