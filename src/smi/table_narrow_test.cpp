#include <doctest.h>

#include "smi/test_boards.hpp"

using namespace nvstack::smi::test;

TEST_CASE("table of 410: 79 columns, no MIG row, no CUDA version") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const Ran ran = run_on(made, {"--compat=410"});
  CHECK(ran.code == 0);
  CHECK(below(ran.out, 1) ==
        R"gold(+-----------------------------------------------------------------------------+
| NVIDIA-SMI 590.48.01              Driver Version: 590.48.01                 |
|-------------------------------+----------------------+----------------------+
| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
|===============================+======================+======================|
|   0  NVIDIA H100 80G...  On   | 00000000:1B:00.0 Off |                    0 |
| N/A   59C    P0   629W / 700W |  20297MiB / 81559MiB |    100%   E. Process |
+-------------------------------+----------------------+----------------------+
|   1  NVIDIA GeForce ...  Off  | 00000000:0C:00.0  On |                  N/A |
| 38%   33C    P8    38W / 250W |    610MiB /  8192MiB |      0%      Default |
+-------------------------------+----------------------+----------------------+
                                                                               
+-----------------------------------------------------------------------------+
| Processes:                                                       GPU Memory |
|  GPU       PID   Type   Process name                             Usage      |
|=============================================================================|
|    0       900    C+G   /usr/lib/xorg/Xorg                             4MiB |
|    0     11327      C   ...nvs/training/bin/python3.11 train.py    15690MiB |
|    0     11328      C   /root/tools/memhog                          1542MiB |
+-----------------------------------------------------------------------------+
)gold");
}

TEST_CASE("table of 470: 79 columns; names are cut at 18, used memory counts the reserved part") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const Ran ran = run_on(made, {"--compat=470"});
  CHECK(ran.code == 0);
  CHECK(below(ran.out, 1) ==
        R"gold(+-----------------------------------------------------------------------------+
| NVIDIA-SMI 590.48.01    Driver Version: 590.48.01    CUDA Version: 13.1     |
|-------------------------------+----------------------+----------------------+
| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
|                               |                      |               MIG M. |
|===============================+======================+======================|
|   0  NVIDIA H100 80G...  On   | 00000000:1B:00.0 Off |                    0 |
| N/A   59C    P0   629W / 700W |  20297MiB / 81559MiB |    100%   E. Process |
|                               |                      |             Disabled |
+-------------------------------+----------------------+----------------------+
|   1  NVIDIA GeForce ...  Off  | 00000000:0C:00.0  On |                  N/A |
| 38%   33C    P8    38W / 250W |    610MiB /  8192MiB |      0%      Default |
|                               |                      |                  N/A |
+-------------------------------+----------------------+----------------------+
                                                                               
+-----------------------------------------------------------------------------+
| Processes:                                                                  |
|  GPU   GI   CI        PID   Type   Process name                  GPU Memory |
|        ID   ID                                                   Usage      |
|=============================================================================|
|    0   N/A  N/A       900    C+G   /usr/lib/xorg/Xorg                  4MiB |
|    0   N/A  N/A     11327      C   ...g/bin/python3.11 train.py    15690MiB |
|    0   N/A  N/A     11328      C   /root/tools/memhog               1542MiB |
+-----------------------------------------------------------------------------+
)gold");
}

TEST_CASE("table of 530: 89 columns with its own titles") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const Ran ran = run_on(made, {"--compat=530"});
  CHECK(ran.code == 0);
  CHECK(below(ran.out, 1) ==
        R"gold(+---------------------------------------------------------------------------------------+
| NVIDIA-SMI 590.48.01              Driver Version: 590.48.01    CUDA Version: 13.1     |
|-----------------------------------------+----------------------+----------------------+
| GPU  Name                  Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf            Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
|                                         |                      |               MIG M. |
|=========================================+======================+======================|
|   0  NVIDIA H100 80GB HBM3           On | 00000000:1B:00.0 Off |                    0 |
| N/A   59C    P0              629W / 700W|  19818MiB / 81559MiB |    100%   E. Process |
|                                         |                      |             Disabled |
+-----------------------------------------+----------------------+----------------------+
|   1  NVIDIA GeForce RTX 2080 ...     Off| 00000000:0C:00.0  On |                  N/A |
| 38%   33C    P8               38W / 250W|    210MiB /  8192MiB |      0%      Default |
|                                         |                      |                  N/A |
+-----------------------------------------+----------------------+----------------------+
                                                                                         
+---------------------------------------------------------------------------------------+
| Processes:                                                                            |
|  GPU   GI   CI        PID   Type   Process name                            GPU Memory |
|        ID   ID                                                             Usage      |
|=======================================================================================|
|    0   N/A  N/A       900    C+G   /usr/lib/xorg/Xorg                            4MiB |
|    0   N/A  N/A     11327      C   ...vs/training/bin/python3.11 train.py    15690MiB |
|    0   N/A  N/A     11328      C   /root/tools/memhog                         1542MiB |
+---------------------------------------------------------------------------------------+
)gold");
}

TEST_CASE("table of 535: 89 columns; MiB are cut off") {
  FakeDriver made = make_driver({data_center_board(), gaming_board()});
  const Ran ran = run_on(made, {"--compat=535"});
  CHECK(ran.code == 0);
  CHECK(below(ran.out, 1) ==
        R"gold(+---------------------------------------------------------------------------------------+
| NVIDIA-SMI 590.48.01              Driver Version: 590.48.01    CUDA Version: 13.1     |
|-----------------------------------------+----------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp   Perf          Pwr:Usage/Cap |         Memory-Usage | GPU-Util  Compute M. |
|                                         |                      |               MIG M. |
|=========================================+======================+======================|
|   0  NVIDIA H100 80GB HBM3          On  | 00000000:1B:00.0 Off |                    0 |
| N/A   59C    P0             629W / 700W |  19818MiB / 81559MiB |    100%   E. Process |
|                                         |                      |             Disabled |
+-----------------------------------------+----------------------+----------------------+
|   1  NVIDIA GeForce RTX 2080 ...    Off | 00000000:0C:00.0  On |                  N/A |
| 38%   33C    P8              38W / 250W |    210MiB /  8192MiB |      0%      Default |
|                                         |                      |                  N/A |
+-----------------------------------------+----------------------+----------------------+
                                                                                         
+---------------------------------------------------------------------------------------+
| Processes:                                                                            |
|  GPU   GI   CI        PID   Type   Process name                            GPU Memory |
|        ID   ID                                                             Usage      |
|=======================================================================================|
|    0   N/A  N/A       900    C+G   /usr/lib/xorg/Xorg                            4MiB |
|    0   N/A  N/A     11327      C   ...vs/training/bin/python3.11 train.py    15690MiB |
|    0   N/A  N/A     11328      C   /root/tools/memhog                         1542MiB |
+---------------------------------------------------------------------------------------+
)gold");
}
