#include <doctest.h>

#include "smi/test_boards.hpp"

using namespace nvstack::smi::test;

namespace {

constexpr const char* kExpected =
    R"gold(Driver Version                                         : 590.48.01 [Deprecated; will be removed in CUDA 14.0. Use KMD Version instead]
CUDA Version                                           : 13.1 [Deprecated; will be removed in CUDA 14.0. Use CUDA UMD Version instead]
KMD Version                                            : 590.48.01
CUDA UMD Version                                       : 13.1

Attached GPUs                                          : 1
GPU 00000000:0C:00.0
    Product Name                                       : NVIDIA GeForce RTX 2080 SUPER
    Product Brand                                      : GeForce
    Product Architecture                               : Turing
    Display Mode                                       : Requested functionality has been deprecated
    Display Attached                                   : Yes
    Display Active                                     : Enabled
    Persistence Mode                                   : Disabled
    Addressing Mode                                    : N/A
    MIG Mode
        Current                                        : N/A
        Pending                                        : N/A
    Accounting Mode                                    : N/A
    Accounting Mode Buffer Size                        : N/A
    Driver Model
        Current                                        : N/A
        Pending                                        : N/A
    Serial Number                                      : N/A
    GPU UUID                                           : GPU-aaaabbbb-cccc-dddd-eeee-ffff00001111
    GPU PDI                                            : N/A
    Minor Number                                       : N/A
    VBIOS Version                                      : N/A
    MultiGPU Board                                     : N/A
    Board ID                                           : N/A
    Board Part Number                                  : N/A
    GPU Part Number                                    : N/A
    FRU Part Number                                    : N/A
    Platform Info
        Chassis Serial Number                          : N/A
        Slot Number                                    : N/A
        Tray Index                                     : N/A
        Host ID                                        : N/A
        Peer Type                                      : N/A
        Module Id                                      : N/A
        GPU Fabric GUID                                : N/A
    Inforom Version
        Image Version                                  : N/A
        OEM Object                                     : N/A
        ECC Object                                     : N/A
        Power Management Object                        : N/A
    Inforom BBX Object Flush
        Latest Timestamp                               : N/A
        Latest Duration                                : N/A
    Inforom Time Data
        Time Run                                       : N/A
    GPU Operation Mode
        Current                                        : N/A
        Pending                                        : N/A
    GPU C2C Mode                                       : N/A
    GPU Virtualization Mode
        Virtualization Mode                            : N/A
        Host VGPU Mode                                 : N/A
        vGPU Heterogeneous Mode                        : N/A
    GPU Recovery Action                                : N/A
    GSP Firmware Version                               : N/A
    IBMNPU
        Relaxed Ordering Mode                          : N/A
    PCI
        Bus                                            : 0x0C
        Device                                         : 0x00
        Domain                                         : 0x0000
        Base Classcode                                 : N/A
        Sub Classcode                                  : N/A
        Device Id                                      : 0x00000000
        Bus Id                                         : 00000000:0C:00.0
        Sub System Id                                  : 0x00000000
        GPU Link Info
            PCIe Generation
                Max                                    : N/A
                Current                                : N/A
                Device Current                         : N/A
                Device Max                             : N/A
                Host Max                               : N/A
            Link Width
                Max                                    : N/A
                Current                                : N/A
        Bridge Chip
            Type                                       : N/A
            Firmware                                   : N/A
        Replays Since Reset                            : N/A
        Replay Number Rollovers                        : N/A
        Tx Throughput                                  : N/A
        Rx Throughput                                  : N/A
        Atomic Caps Outbound                           : N/A
        Atomic Caps Inbound                            : N/A
    Fan Speed                                          : 38 %
    Performance State                                  : P8
    Clocks Event Reasons
        Idle                                           : N/A
        Applications Clocks Setting                    : N/A
        SW Power Cap                                   : N/A
        HW Slowdown                                    : N/A
            HW Thermal Slowdown                        : N/A
            HW Power Brake Slowdown                    : N/A
        Sync Boost                                     : N/A
        SW Thermal Slowdown                            : N/A
        Display Clock Setting                          : N/A
    Clocks Event Reasons Counters
        SW Power Capping                               : N/A
        Sync Boost                                     : N/A
        SW Thermal Slowdown                            : N/A
        HW Thermal Slowdown                            : N/A
        HW Power Braking                               : N/A
    Sparse Operation Mode                              : N/A
    FB Memory Usage
        Total                                          : 8192 MiB
        Reserved                                       : 400 MiB
        Used                                           : 211 MiB
        Free                                           : 7581 MiB
    BAR1 Memory Usage
        Total                                          : N/A
        Used                                           : N/A
        Free                                           : N/A
    Conf Compute Protected Memory Usage
        Total                                          : N/A
        Used                                           : N/A
        Free                                           : N/A
    Compute Mode                                       : Default
    Utilization
        GPU                                            : 0 %
        Memory                                         : 0 %
        Encoder                                        : N/A
        Decoder                                        : N/A
        JPEG                                           : N/A
        OFA                                            : N/A
    Encoder Stats
        Active Sessions                                : N/A
        Average FPS                                    : N/A
        Average Latency                                : N/A
    FBC Stats
        Active Sessions                                : N/A
        Average FPS                                    : N/A
        Average Latency                                : N/A
    DRAM Encryption Mode
        Current                                        : N/A
        Pending                                        : N/A
    ECC Mode
        Current                                        : N/A
        Pending                                        : N/A
    ECC Errors
        Volatile
            SRAM Correctable                           : N/A
            SRAM Uncorrectable                         : N/A
            DRAM Correctable                           : N/A
            DRAM Uncorrectable                         : N/A
        Aggregate
            SRAM Correctable                           : N/A
            SRAM Uncorrectable                         : N/A
            DRAM Correctable                           : N/A
            DRAM Uncorrectable                         : N/A
    Retired Pages
        Single Bit ECC                                 : N/A
        Double Bit ECC                                 : N/A
        Pending Page Blacklist                         : N/A
    Remapped Rows                                      : N/A
    Temperature
        GPU Current Temp                               : 33 C
        GPU Current T.Limit Temp                       : N/A
        GPU Shutdown Temp                              : 100 C
        GPU Slowdown Temp                              : 97 C
        GPU Max Operating Temp                         : 89 C
        GPU Target Temperature Specification           : N/A
        Memory Current Temp                            : N/A
        Memory Max Operating Temp                      : N/A
    GPU Power Readings
        Average Power Draw                             : N/A
        Instantaneous Power Draw                       : N/A
        GPU Ceiling Power Limit
            Current Power Limit                        : 250.00 W
            Requested Power Limit                      : N/A
            Default Power Limit                        : N/A
        GPU Base Power
            Current Base Power                         : N/A
            Requested Base Power                       : N/A
            Default Base Power                         : N/A
        Min Power Limit                                : N/A
        Max Power Limit                                : N/A
    GPU Memory Power Readings 
        Average Power Draw                             : N/A
        Instantaneous Power Draw                       : N/A
    Module Power Readings
        Average Power Draw                             : N/A
        Instantaneous Power Draw                       : N/A
        Current Power Limit                            : N/A
        Requested Power Limit                          : N/A
        Default Power Limit                            : N/A
        Min Power Limit                                : N/A
        Max Power Limit                                : N/A
    Power Smoothing                                    : N/A
    Workload Power Profiles
        Requested Profiles                             : N/A
        Enforced Profiles                              : N/A
    EDPp Multiplier                                    : N/A
    Clocks
        Graphics                                       : N/A
        SM                                             : N/A
        Memory                                         : N/A
        Video                                          : N/A
    Applications Clocks
        Graphics                                       : Requested functionality has been deprecated
        Memory                                         : Requested functionality has been deprecated
    Default Applications Clocks
        Graphics                                       : Requested functionality has been deprecated
        Memory                                         : Requested functionality has been deprecated
    Deferred Clocks
        Memory                                         : N/A
    Max Clocks
        Graphics                                       : N/A
        SM                                             : N/A
        Memory                                         : N/A
        Video                                          : N/A
    Max Customer Boost Clocks
        Graphics                                       : N/A
    Clock Policy
        Auto Boost                                     : N/A
        Auto Boost Default                             : N/A
    Fabric
        State                                          : N/A
        Status                                         : N/A
        CliqueId                                       : N/A
        ClusterUUID                                    : N/A
        Health
            Summary                                    : N/A
            Bandwidth                                  : N/A
            Route Recovery in progress                 : N/A
            Route Unhealthy                            : N/A
            Access Timeout Recovery                    : N/A
            Incorrect Configuration                    : N/A
            Partition Assigned                         : N/A
    Processes                                          : None
    Capabilities
        EGM                                            : N/A
)gold";

}  // namespace

TEST_CASE("-q of a gaming GPU, 610") {
  FakeDriver made = make_driver({gaming_board()});
  const Ran ran = run_on(made, {"-q", "--compat=610"});
  CHECK(ran.code == 0);
  CHECK(below(ran.out, 4) == kExpected);
}
