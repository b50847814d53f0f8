#include "smi/settings.hpp"

#include <doctest.h>

#include "smi/test_boards.hpp"

using namespace nvstack::smi::test;
using Orders = std::vector<std::string>;

TEST_CASE("persistence mode") {
  FakeDriver made = make_driver({data_center_board()});
  CHECK(run_on(made, {"-pm", "1"}).out ==
        "Persistence mode is already Enabled for GPU 00000000:1B:00.0.\nAll done.\n");
  CHECK(made.orders.empty());
  Ran ran = run_on(made, {"-pm", "DISABLED"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "Disabled persistence mode for GPU 00000000:1B:00.0.\nAll done.\n");
  CHECK(made.orders == Orders{"nvmlDeviceSetPersistenceMode 0"});
  made.boards[0].answers["nvmlDeviceSetPersistenceMode"] = "4";
  ran = run_on(made, {"-pm", "0"});
  CHECK(ran.code == 4);
  CHECK(ran.out ==
        "Unable to set persistence mode for GPU 00000000:1B:00.0: Insufficient Permissions\n"
        "Terminating early due to previous errors.\n");
  CHECK(run_on(made, {"-pm", "maybe"}).code == 2);
}

TEST_CASE("the power limit stays between its bounds") {
  FakeDriver made = make_driver({data_center_board()});
  Ran ran = run_on(made, {"-pl", "500"});
  CHECK(ran.out == "Power limit for GPU 00000000:1B:00.0 was set to 500.00 W from 700.00 W.\nAll done.\n");
  CHECK(made.orders == Orders{"nvmlDeviceSetPowerManagementLimit 500000"});
  ran = run_on(made, {"-pl", "900"});
  CHECK(ran.code == 2);
  CHECK(line_of(ran.out, 0) ==
        "Provided power limit 900.00 W is not a valid power limit which should be between 200.00 W and "
        "700.00 W for "
        "GPU 00000000:1B:00.0");
  made.boards[0].answers["nvmlDeviceGetPersistenceMode"] = "0";
  CHECK(run_on(made, {"-pl", "500"})
            .out.find("Warning: persistence mode is disabled on device 00000000:1B:00.0.") !=
        std::string::npos);
}

TEST_CASE("what a GPU does not support is a warning, with -eow an exit code") {
  FakeDriver made = make_driver({gaming_board()});
  Ran ran = run_on(made, {"-pl", "200"});
  CHECK(ran.code == 0);
  CHECK(ran.out ==
        "Changing power management limit is not supported for GPU: 00000000:0C:00.0.\n"
        "Treating as warning and moving on.\nAll done.\n");
  CHECK(run_on(made, {"-pl", "200", "-eow"}).code == 3);
  ran = run_on(made, {"-mig", "1"});
  CHECK(ran.code == 0);
  CHECK(line_of(ran.out, 0) == "Unable to enable MIG Mode for GPU 00000000:0C:00.0: Not Supported");
  CHECK(run_on(made, {"-cc", "1"}).out.find("is not supported for GPU 00000000:0C:00.0.") !=
        std::string::npos);
}

TEST_CASE("ECC takes effect after a start") {
  FakeDriver made = make_driver({data_center_board()});
  CHECK(run_on(made, {"-e", "0"}).out ==
        "Disabled ECC support for GPU 00000000:1B:00.0.\nAll done.\nReboot required.\n");
  CHECK(run_on(made, {"-e", "1"}).out ==
        "ECC support is already Enabled for GPU 00000000:1B:00.0.\nAll done.\n");
  CHECK(run_on(made, {"-p", "VOLATILE"}).out ==
        "Reset volatile ECC errors to zero for GPU 00000000:1B:00.0.\nAll done.\n");
  CHECK(made.orders == Orders{"nvmlDeviceSetEccMode 0", "nvmlDeviceClearEccErrorCounts 0"});
}

TEST_CASE("compute mode, clocks and MIG") {
  FakeDriver made = make_driver({data_center_board()});
  CHECK(run_on(made, {"-c", "0"}).out ==
        "Set compute mode to DEFAULT for GPU 00000000:1B:00.0.\nAll done.\n");
  CHECK(run_on(made, {"-c", "EXCLUSIVE_THREAD"}).out ==
        "Compute mode is already set to EXCLUSIVE_PROCESS for GPU 00000000:1B:00.0.\nAll done.\n");
  CHECK(run_on(made, {"-lgc", "1500,1700"}).out ==
        "GPU clocks set to \"(gpuClkMin 1500, gpuClkMax 1700)\" for GPU 00000000:1B:00.0\nAll done.\n");
  CHECK(run_on(made, {"-mig", "1"}).out == "Enabled MIG Mode for GPU 00000000:1B:00.0\nAll done.\n");
  made.boards[0].answers["mig.activation"] = "19";
  CHECK(line_of(run_on(made, {"-mig", "1"}).out, 0) ==
        "Warning: MIG mode is in pending enable state for GPU 00000000:1B:00.0:In use by another client");
  CHECK(run_on(made, {"-lgc", "fast"}).code == 2);
}

TEST_CASE("a setting goes to the GPUs that were asked for") {
  FakeDriver made = make_driver({data_center_board(), data_center_board()});
  made.boards[1].answers["bus_id"] = "00000000:43:00.0";
  CHECK(run_on(made, {"-pm", "0", "-i", "1"}).out ==
        "Disabled persistence mode for GPU 00000000:43:00.0.\nAll done.\n");
}

TEST_CASE("virtualization mode and the permission for auto boost") {
  FakeDriver made = make_driver({data_center_board()});
  CHECK(run_on(made, {"-vm", "3"}).out ==
        "Set virtualization mode to VGPU for GPU 00000000:1B:00.0.\nAll done.\n");
  CHECK(run_on(made, {"-vm", "VSGA"}).code == 0);
  CHECK(made.orders == Orders{"nvmlDeviceSetVirtualizationMode 3", "nvmlDeviceSetVirtualizationMode 4"});
  CHECK(run_on(made, {"-vm", "1"}).code == 2);
  CHECK(run_on(made, {"--auto-boost-permission=RESTRICTED"}).out ==
        "Auto boost permission set to RESTRICTED for GPU 00000000:1B:00.0.\nAll done.\n");
  CHECK(made.orders.back() == "nvmlDeviceSetAPIRestriction 1 1");
  CHECK(run_on(made, {"--auto-boost-permission=2"}).code == 2);
}

TEST_CASE("deferred memory clocks only where the GPU defers them") {
  FakeDriver made = make_driver({data_center_board()});
  CHECK(run_on(made, {"-lmcd", "2619", "-eow"}).code == 3);
  CHECK(run_on(made, {"-lmci", "-eow"}).code == 3);
  made.boards[0].answers["field.298.0"] = "2";
  made.boards[0].answers["field.299.0"] = "100";
  CHECK(line_of(run_on(made, {"-lmci"}).out, 0) ==
        "Memory clock locking for GPU 00000000:1B:00.0: at run time, at most every 100 ms.");
  CHECK(run_on(made, {"-rmcd", "-eow"}).code == 3);
  made.boards[0].answers["field.298.0"] = "1";
  CHECK(run_on(made, {"-lmcd", "fast"}).code == 2);
  CHECK(run_on(made, {"-lmcd", "405,2619"}).code == 2);
  CHECK(run_on(made, {"-lmcd", "2619"}).out ==
        "Deferred memory clocks set to \"2619\" for GPU 00000000:1B:00.0. They take effect when the driver "
        "is loaded "
        "again.\nAll done.\n");
  CHECK(made.orders.back() == "nvmlDeviceSetMemoryLockedClocks 2619 2619");
}

TEST_CASE("what only private calls set is not supported, after a look at its value") {
  FakeDriver made = make_driver({data_center_board()});
  CHECK(run_on(made, {"-cc", "1"}).out ==
        "Setting CUDA clocks is not supported for GPU 00000000:1B:00.0.\nTreating as warning and moving on.\n"
        "All done.\n");
  CHECK(run_on(made, {"-cc", "2"}).code == 2);
  CHECK(run_on(made, {"-gvfd", "-eow"}).code == 3);
  CHECK(run_on(made, {"-svfd", "5", "-eow"}).code == 3);
}

TEST_CASE("units") {
  FakeDriver made = make_driver({data_center_board()});
  const Ran ran = run_on(made, {"-q", "-u"});
  CHECK(ran.code == 0);
  CHECK(ran.out.ends_with("Attached Units                                         : 0\n"));
  CHECK(run_on(made, {"-q", "-u", "-x"}).out.find("\t<attached_units>0</attached_units>\n</nvsmi_log>\n") !=
        std::string::npos);
  CHECK(run_on(made, {"-q", "-u", "-d", "ECC"}).code == 2);
  CHECK(run_on(made, {"-u"}).code == 2);
}
