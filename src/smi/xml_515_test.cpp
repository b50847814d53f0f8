#include <doctest.h>

#include "smi/test_boards.hpp"

using namespace nvstack::smi::test;

namespace {

constexpr const char* kExpected = R"gold(	<driver_version>590.48.01</driver_version>
	<cuda_version>13.1</cuda_version>
	<attached_gpus>1</attached_gpus>
	<gpu id="00000000:0C:00.0">
		<product_name>NVIDIA GeForce RTX 2080 SUPER</product_name>
		<product_brand>GeForce</product_brand>
		<product_architecture>Turing</product_architecture>
		<display_mode>Enabled</display_mode>
		<display_active>Enabled</display_active>
		<persistence_mode>Disabled</persistence_mode>
		<mig_mode>
			<current_mig>N/A</current_mig>
			<pending_mig>N/A</pending_mig>
		</mig_mode>
		<mig_devices>
			None
		</mig_devices>
		<accounting_mode>N/A</accounting_mode>
		<accounting_mode_buffer_size>N/A</accounting_mode_buffer_size>
		<driver_model>
			<current_dm>N/A</current_dm>
			<pending_dm>N/A</pending_dm>
		</driver_model>
		<serial>N/A</serial>
		<uuid>GPU-aaaabbbb-cccc-dddd-eeee-ffff00001111</uuid>
		<minor_number>N/A</minor_number>
		<vbios_version>N/A</vbios_version>
		<multigpu_board>N/A</multigpu_board>
		<board_id>N/A</board_id>
		<gpu_part_number>N/A</gpu_part_number>
		<gpu_module_id>N/A</gpu_module_id>
		<inforom_version>
			<img_version>N/A</img_version>
			<oem_object>N/A</oem_object>
			<ecc_object>N/A</ecc_object>
			<pwr_object>N/A</pwr_object>
		</inforom_version>
		<gpu_operation_mode>
			<current_gom>N/A</current_gom>
			<pending_gom>N/A</pending_gom>
		</gpu_operation_mode>
		<gsp_firmware_version>N/A</gsp_firmware_version>
		<gpu_virtualization_mode>
			<virtualization_mode>N/A</virtualization_mode>
			<host_vgpu_mode>N/A</host_vgpu_mode>
		</gpu_virtualization_mode>
		<ibmnpu>
			<relaxed_ordering_mode>N/A</relaxed_ordering_mode>
		</ibmnpu>
		<pci>
			<pci_bus>0C</pci_bus>
			<pci_device>00</pci_device>
			<pci_domain>0000</pci_domain>
			<pci_device_id>00000000</pci_device_id>
			<pci_bus_id>00000000:0C:00.0</pci_bus_id>
			<pci_sub_system_id>00000000</pci_sub_system_id>
			<pci_gpu_link_info>
				<pcie_gen>
					<max_link_gen>N/A</max_link_gen>
					<current_link_gen>N/A</current_link_gen>
				</pcie_gen>
				<link_widths>
					<max_link_width>N/A</max_link_width>
					<current_link_width>N/A</current_link_width>
				</link_widths>
			</pci_gpu_link_info>
			<pci_bridge_chip>
				<bridge_chip_type>N/A</bridge_chip_type>
				<bridge_chip_fw>N/A</bridge_chip_fw>
			</pci_bridge_chip>
			<replay_counter>N/A</replay_counter>
			<replay_rollover_counter>N/A</replay_rollover_counter>
			<tx_util>N/A</tx_util>
			<rx_util>N/A</rx_util>
		</pci>
		<fan_speed>38 %</fan_speed>
		<performance_state>P8</performance_state>
		<clocks_throttle_reasons>
			<clocks_throttle_reason_gpu_idle>N/A</clocks_throttle_reason_gpu_idle>
			<clocks_throttle_reason_applications_clocks_setting>N/A</clocks_throttle_reason_applications_clocks_setting>
			<clocks_throttle_reason_sw_power_cap>N/A</clocks_throttle_reason_sw_power_cap>
			<clocks_throttle_reason_hw_slowdown>N/A</clocks_throttle_reason_hw_slowdown>
			<clocks_throttle_reason_hw_thermal_slowdown>N/A</clocks_throttle_reason_hw_thermal_slowdown>
			<clocks_throttle_reason_hw_power_brake_slowdown>N/A</clocks_throttle_reason_hw_power_brake_slowdown>
			<clocks_throttle_reason_sync_boost>N/A</clocks_throttle_reason_sync_boost>
			<clocks_throttle_reason_sw_thermal_slowdown>N/A</clocks_throttle_reason_sw_thermal_slowdown>
			<clocks_throttle_reason_display_clocks_setting>N/A</clocks_throttle_reason_display_clocks_setting>
		</clocks_throttle_reasons>
		<fb_memory_usage>
			<total>8192 MiB</total>
			<reserved>400 MiB</reserved>
			<used>210 MiB</used>
			<free>7581 MiB</free>
		</fb_memory_usage>
		<bar1_memory_usage>
			<total>N/A</total>
			<used>N/A</used>
			<free>N/A</free>
		</bar1_memory_usage>
		<compute_mode>Default</compute_mode>
		<utilization>
			<gpu_util>0 %</gpu_util>
			<memory_util>0 %</memory_util>
			<encoder_util>N/A</encoder_util>
			<decoder_util>N/A</decoder_util>
		</utilization>
		<encoder_stats>
			<session_count>N/A</session_count>
			<average_fps>N/A</average_fps>
			<average_latency>N/A</average_latency>
		</encoder_stats>
		<fbc_stats>
			<session_count>N/A</session_count>
			<average_fps>N/A</average_fps>
			<average_latency>N/A</average_latency>
		</fbc_stats>
		<ecc_mode>
			<current_ecc>N/A</current_ecc>
			<pending_ecc>N/A</pending_ecc>
		</ecc_mode>
		<ecc_errors>
			<volatile>
				<sram_correctable>N/A</sram_correctable>
				<sram_uncorrectable>N/A</sram_uncorrectable>
				<dram_correctable>N/A</dram_correctable>
				<dram_uncorrectable>N/A</dram_uncorrectable>
			</volatile>
			<aggregate>
				<sram_correctable>N/A</sram_correctable>
				<sram_uncorrectable>N/A</sram_uncorrectable>
				<dram_correctable>N/A</dram_correctable>
				<dram_uncorrectable>N/A</dram_uncorrectable>
			</aggregate>
		</ecc_errors>
		<retired_pages>
			<multiple_single_bit_retirement>
				<retired_count>N/A</retired_count>
				<retired_pagelist>N/A</retired_pagelist>
			</multiple_single_bit_retirement>
			<double_bit_retirement>
				<retired_count>N/A</retired_count>
				<retired_pagelist>N/A</retired_pagelist>
			</double_bit_retirement>
			<pending_blacklist>N/A</pending_blacklist>
			<pending_retirement>N/A</pending_retirement>
		</retired_pages>
		<remapped_rows>N/A</remapped_rows>
		<temperature>
			<gpu_temp>33 C</gpu_temp>
			<gpu_temp_max_threshold>100 C</gpu_temp_max_threshold>
			<gpu_temp_slow_threshold>97 C</gpu_temp_slow_threshold>
			<gpu_temp_max_gpu_threshold>89 C</gpu_temp_max_gpu_threshold>
			<gpu_target_temperature>N/A</gpu_target_temperature>
			<memory_temp>N/A</memory_temp>
			<gpu_temp_max_mem_threshold>N/A</gpu_temp_max_mem_threshold>
		</temperature>
		<supported_gpu_target_temp>
			<gpu_target_temp_min>N/A</gpu_target_temp_min>
			<gpu_target_temp_max>N/A</gpu_target_temp_max>
		</supported_gpu_target_temp>
		<power_readings>
			<power_state>P8</power_state>
			<power_management>N/A</power_management>
			<power_draw>38.89 W</power_draw>
			<power_limit>N/A</power_limit>
			<default_power_limit>N/A</default_power_limit>
			<enforced_power_limit>250.00 W</enforced_power_limit>
			<min_power_limit>N/A</min_power_limit>
			<max_power_limit>N/A</max_power_limit>
		</power_readings>
		<clocks>
			<graphics_clock>N/A</graphics_clock>
			<sm_clock>N/A</sm_clock>
			<mem_clock>N/A</mem_clock>
			<video_clock>N/A</video_clock>
		</clocks>
		<applications_clocks>
			<graphics_clock>N/A</graphics_clock>
			<mem_clock>N/A</mem_clock>
		</applications_clocks>
		<default_applications_clocks>
			<graphics_clock>N/A</graphics_clock>
			<mem_clock>N/A</mem_clock>
		</default_applications_clocks>
		<max_clocks>
			<graphics_clock>N/A</graphics_clock>
			<sm_clock>N/A</sm_clock>
			<mem_clock>N/A</mem_clock>
			<video_clock>N/A</video_clock>
		</max_clocks>
		<max_customer_boost_clocks>
			<graphics_clock>N/A</graphics_clock>
		</max_customer_boost_clocks>
		<clock_policy>
			<auto_boost>N/A</auto_boost>
			<auto_boost_default>N/A</auto_boost_default>
		</clock_policy>
		<voltage>
			<graphics_volt>N/A</graphics_volt>
		</voltage>
		<supported_clocks>N/A</supported_clocks>
		<processes>
		</processes>
		<accounted_processes>
		</accounted_processes>
	</gpu>

</nvidia_smi_log>
)gold";

}  // namespace

TEST_CASE("-q -x of a gaming GPU, 515") {
  FakeDriver made = make_driver({gaming_board()});
  const Ran ran = run_on(made, {"-q", "-x", "--compat=515"});
  CHECK(ran.code == 0);
  CHECK(line_of(ran.out, 0) == "<?xml version=\"1.0\" ?>");
  CHECK(line_of(ran.out, 1) == "<!DOCTYPE nvidia_smi_log SYSTEM \"nvsmi_device_v11.dtd\">");
  CHECK(below(ran.out, 4) == kExpected);
}
