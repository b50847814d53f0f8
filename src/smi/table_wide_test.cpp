#include <doctest.h>

#include "smi/test_boards.hpp"

using namespace nvstack::smi::test;

TEST_CASE("table of 550: 91 columns, narrow PID; MiB are rounded up") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const Ran ran = run_on(made, {"--compat=550"});
  CHECK(ran.code == 0);
  CHECK(below(ran.out, 1) ==
        R"gold(+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 590.48.01              Driver Version: 590.48.01      CUDA Version: 13.1     |
|-----------------------------------------+------------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|                                         |                        |               MIG M. |
|=========================================+========================+======================|
|   0  NVIDIA H100 80GB HBM3          On  |   00000000:1B:00.0 Off |                    0 |
| N/A   59C    P0            629W /  700W |   19818MiB /  81559MiB |    100%   E. Process |
|                                         |                        |             Disabled |
+-----------------------------------------+------------------------+----------------------+
|   1  NVIDIA GeForce RTX 2080 ...    Off |   00000000:0C:00.0  On |                  N/A |
| 38%   33C    P8             38W /  250W |     211MiB /   8192MiB |      0%      Default |
|                                         |                        |                  N/A |
+-----------------------------------------+------------------------+----------------------+
                                                                                         
+-----------------------------------------------------------------------------------------+
| Processes:                                                                              |
|  GPU   GI   CI        PID   Type   Process name                              GPU Memory |
|        ID   ID                                                               Usage      |
|=========================================================================================|
|    0   N/A  N/A       900    C+G   /usr/lib/xorg/Xorg                              4MiB |
|    0   N/A  N/A     11327      C   ...vs/training/bin/python3.11 train.py      15690MiB |
|    0   N/A  N/A     11328      C   /root/tools/memhog                           1542MiB |
+-----------------------------------------------------------------------------------------+
)gold");
}

TEST_CASE("table of 570: wide PID, a blank line of blanks") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const Ran ran = run_on(made, {"--compat=570"});
  CHECK(ran.code == 0);
  CHECK(below(ran.out, 1) ==
        R"gold(+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 590.48.01              Driver Version: 590.48.01      CUDA Version: 13.1     |
|-----------------------------------------+------------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|                                         |                        |               MIG M. |
|=========================================+========================+======================|
|   0  NVIDIA H100 80GB HBM3          On  |   00000000:1B:00.0 Off |                    0 |
| N/A   59C    P0            629W /  700W |   19818MiB /  81559MiB |    100%   E. Process |
|                                         |                        |             Disabled |
+-----------------------------------------+------------------------+----------------------+
|   1  NVIDIA GeForce RTX 2080 ...    Off |   00000000:0C:00.0  On |                  N/A |
| 38%   33C    P8             38W /  250W |     211MiB /   8192MiB |      0%      Default |
|                                         |                        |                  N/A |
+-----------------------------------------+------------------------+----------------------+
                                                                                         
+-----------------------------------------------------------------------------------------+
| Processes:                                                                              |
|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |
|        ID   ID                                                               Usage      |
|=========================================================================================|
|    0   N/A  N/A             900    C+G   /usr/lib/xorg/Xorg                        4MiB |
|    0   N/A  N/A           11327      C   ...ining/bin/python3.11 train.py      15690MiB |
|    0   N/A  N/A           11328      C   /root/tools/memhog                     1542MiB |
+-----------------------------------------------------------------------------------------+
)gold");
}

TEST_CASE("table of 580: the rule below the versions starts with a cross") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const Ran ran = run_on(made, {"--compat=580"});
  CHECK(ran.code == 0);
  CHECK(below(ran.out, 1) ==
        R"gold(+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 590.48.01              Driver Version: 590.48.01      CUDA Version: 13.1     |
+-----------------------------------------+------------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|                                         |                        |               MIG M. |
|=========================================+========================+======================|
|   0  NVIDIA H100 80GB HBM3          On  |   00000000:1B:00.0 Off |                    0 |
| N/A   59C    P0            629W /  700W |   19818MiB /  81559MiB |    100%   E. Process |
|                                         |                        |             Disabled |
+-----------------------------------------+------------------------+----------------------+
|   1  NVIDIA GeForce RTX 2080 ...    Off |   00000000:0C:00.0  On |                  N/A |
| 38%   33C    P8             38W /  250W |     211MiB /   8192MiB |      0%      Default |
|                                         |                        |                  N/A |
+-----------------------------------------+------------------------+----------------------+

+-----------------------------------------------------------------------------------------+
| Processes:                                                                              |
|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |
|        ID   ID                                                               Usage      |
|=========================================================================================|
|    0   N/A  N/A             900    C+G   /usr/lib/xorg/Xorg                        4MiB |
|    0   N/A  N/A           11327      C   ...ining/bin/python3.11 train.py      15690MiB |
|    0   N/A  N/A           11328      C   /root/tools/memhog                     1542MiB |
+-----------------------------------------------------------------------------------------+
)gold");
}

TEST_CASE("table of 610: KMD and CUDA UMD version") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const Ran ran = run_on(made, {"--compat=610"});
  CHECK(ran.code == 0);
  CHECK(below(ran.out, 1) ==
        R"gold(+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 590.48.01              KMD Version: 590.48.01     CUDA UMD Version: 13.1     |
+-----------------------------------------+------------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
|                                         |                        |               MIG M. |
|=========================================+========================+======================|
|   0  NVIDIA H100 80GB HBM3          On  |   00000000:1B:00.0 Off |                    0 |
| N/A   59C    P0            629W /  700W |   19818MiB /  81559MiB |    100%   E. Process |
|                                         |                        |             Disabled |
+-----------------------------------------+------------------------+----------------------+
|   1  NVIDIA GeForce RTX 2080 ...    Off |   00000000:0C:00.0  On |                  N/A |
| 38%   33C    P8             38W /  250W |     211MiB /   8192MiB |      0%      Default |
|                                         |                        |                  N/A |
+-----------------------------------------+------------------------+----------------------+

+-----------------------------------------------------------------------------------------+
| Processes:                                                                              |
|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |
|        ID   ID                                                               Usage      |
|=========================================================================================|
|    0   N/A  N/A             900    C+G   /usr/lib/xorg/Xorg                        4MiB |
|    0   N/A  N/A           11327      C   ...ining/bin/python3.11 train.py      15690MiB |
|    0   N/A  N/A           11328      C   /root/tools/memhog                     1542MiB |
+-----------------------------------------------------------------------------------------+
)gold");
}
