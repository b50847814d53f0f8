// The generations of the default table, one entry each. Titles and widths are those that drivers 410 to 610
// print.
#include "smi/table_style.hpp"

namespace nvstack::smi {

namespace {

constexpr TableStyle kStyle410 = {
    .width = 79,
    .version_line = "| NVIDIA-SMI %-22s Driver Version: %-26s|",
    .gpu_header =
        "|-------------------------------+----------------------+----------------------+\n"
        "| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |\n"
        "| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |\n"
        "|===============================+======================+======================|\n",
    .name_width = 18,
    .first_row = "|%4u  %-18s  %-3s  | %16s %3s |%21s |",
    .second_row = "|%4s%6s%6s%7s / %4s |%s|%8s%13s |",
    .memory = "%10s / %8s ",
    .memory_alone = "%21s ",
    .third_row = "|                               |                      |%21s |",
    .gpu_rule = "+-------------------------------+----------------------+----------------------+",
    .process_header =
        "+-----------------------------------------------------------------------------+\n"
        "| Processes:                                                       GPU Memory |\n"
        "|  GPU       PID   Type   Process name                             Usage      |\n"
        "|=============================================================================|\n",
    .process_instances = false,
    .pid_width = 10,
    .process_name_width = 39,
    .process_memory_width = 12,
    .blank_width = 79,
};

constexpr TableStyle kStyle450 = {
    .width = 79,
    .version_line = "| NVIDIA-SMI %-13sDriver Version: %-13sCUDA Version: %-9s|",
    .gpu_header =
        "|-------------------------------+----------------------+----------------------+\n"
        "| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |\n"
        "| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |\n"
        "|                               |                      |               MIG M. |\n"
        "|===============================+======================+======================|\n",
    .name_width = 18,
    .first_row = "|%4u  %-18s  %-3s  | %16s %3s |%21s |",
    .second_row = "|%4s%6s%6s%7s / %4s |%s|%8s%13s |",
    .memory = "%10s / %8s ",
    .memory_alone = "%21s ",
    .third_row = "|                               |                      |%21s |",
    .gpu_rule = "+-------------------------------+----------------------+----------------------+",
    .mig_header =
        "+-----------------------------------------------------------------------------+\n"
        "| MIG devices:                                                                |\n"
        "+------------------+----------------------+-----------+-----------------------+\n"
        "| GPU  GI  CI  MIG |         Memory-Usage |        Vol|         Shared        |\n"
        "|      ID  ID  Dev |           BAR1-Usage | SM     Unc| CE  ENC  DEC  OFA  JPG|\n"
        "|                  |                      |        ECC|                       |\n"
        "|==================+======================+===========+=======================|\n",
    .mig_row = "|%3u%5s%4s%4u  |%s|%3s%7s |%3s%4s%5s%5s%5s |",
    .mig_memory = "%10s / %8s ",
    .mig_rule = "+------------------+----------------------+-----------+-----------------------+",
    .process_header =
        "+-----------------------------------------------------------------------------+\n"
        "| Processes:                                                                  |\n"
        "|  GPU   GI   CI        PID   Type   Process name                  GPU Memory |\n"
        "|        ID   ID                                                   Usage      |\n"
        "|=============================================================================|\n",
    .process_instances = true,
    .pid_width = 10,
    .process_name_width = 28,
    .process_memory_width = 12,
    .blank_width = 79,
};

constexpr TableStyle kStyle530 = {
    .width = 89,
    .version_line = "| NVIDIA-SMI %-23sDriver Version: %-13sCUDA Version: %-9s|",
    .gpu_header =
        "|-----------------------------------------+----------------------+----------------------+\n"
        "| GPU  Name                  Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |\n"
        "| Fan  Temp  Perf            Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |\n"
        "|                                         |                      |               MIG M. |\n"
        "|=========================================+======================+======================|\n",
    .name_width = 27,
    .first_row = "|%4u  %-27s     %-3s| %16s %3s |%21s |",
    .second_row = "|%4s%6s%6s%18s / %4s|%s|%8s%13s |",
    .memory = "%10s / %8s ",
    .memory_alone = "%21s ",
    .third_row = "|                                         |                      |%21s |",
    .gpu_rule = "+-----------------------------------------+----------------------+----------------------+",
    .mig_header =
        "+---------------------------------------------------------------------------------------+\n"
        "| MIG devices:                                                                          |\n"
        "+------------------+--------------------------------+-----------+-----------------------+\n"
        "| GPU  GI  CI  MIG |                   Memory-Usage |        Vol|      Shared           |\n"
        "|      ID  ID  Dev |                     BAR1-Usage | SM     Unc| CE ENC DEC OFA JPG    |\n"
        "|                  |                                |        ECC|                       |\n"
        "|==================+================================+===========+=======================|\n",
    .mig_row = "|%3u%5s%4s%4u  |%s|%3s%7s |%3s%4s%5s%5s%5s |",
    .mig_memory = "%19s / %8s  ",
    .mig_rule = "+------------------+--------------------------------+-----------+-----------------------+",
    .process_header =
        "+---------------------------------------------------------------------------------------+\n"
        "| Processes:                                                                            |\n"
        "|  GPU   GI   CI        PID   Type   Process name                            GPU Memory |\n"
        "|        ID   ID                                                             Usage      |\n"
        "|=======================================================================================|\n",
    .process_instances = true,
    .pid_width = 10,
    .process_name_width = 38,
    .process_memory_width = 12,
    .blank_width = 89,
};

constexpr TableStyle kStyle535 = {
    .width = 89,
    .version_line = "| NVIDIA-SMI %-23sDriver Version: %-13sCUDA Version: %-9s|",
    .gpu_header =
        "|-----------------------------------------+----------------------+----------------------+\n"
        "| GPU  Name                 Persistence-M | Bus-Id        Disp.A | Volatile Uncorr. ECC |\n"
        "| Fan  Temp   Perf          Pwr:Usage/Cap |         Memory-Usage | GPU-Util  Compute M. |\n"
        "|                                         |                      |               MIG M. |\n"
        "|=========================================+======================+======================|\n",
    .name_width = 27,
    .first_row = "|%4u  %-27s    %-3s | %16s %3s |%21s |",
    .second_row = "|%4s%6s%6s%17s / %4s |%s|%8s%13s |",
    .memory = "%10s / %8s ",
    .memory_alone = "%21s ",
    .third_row = "|                                         |                      |%21s |",
    .gpu_rule = "+-----------------------------------------+----------------------+----------------------+",
    .mig_header =
        "+---------------------------------------------------------------------------------------+\n"
        "| MIG devices:                                                                          |\n"
        "+------------------+--------------------------------+-----------+-----------------------+\n"
        "| GPU  GI  CI  MIG |                   Memory-Usage |        Vol|      Shared           |\n"
        "|      ID  ID  Dev |                     BAR1-Usage | SM     Unc| CE ENC DEC OFA JPG    |\n"
        "|                  |                                |        ECC|                       |\n"
        "|==================+================================+===========+=======================|\n",
    .mig_row = "|%3u%5s%4s%4u  |%s|%3s%7s |%3s%4s%5s%5s%5s |",
    .mig_memory = "%19s / %8s  ",
    .mig_rule = "+------------------+--------------------------------+-----------+-----------------------+",
    .process_header =
        "+---------------------------------------------------------------------------------------+\n"
        "| Processes:                                                                            |\n"
        "|  GPU   GI   CI        PID   Type   Process name                            GPU Memory |\n"
        "|        ID   ID                                                             Usage      |\n"
        "|=======================================================================================|\n",
    .process_instances = true,
    .pid_width = 10,
    .process_name_width = 38,
    .process_memory_width = 12,
    .blank_width = 89,
};

constexpr TableStyle kStyle550 = {
    .width = 91,
    .version_line = "| NVIDIA-SMI %-23sDriver Version: %-15sCUDA Version: %-9s|",
    .gpu_header =
        "|-----------------------------------------+------------------------+----------------------+\n"
        "| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |\n"
        "| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |\n"
        "|                                         |                        |               MIG M. |\n"
        "|=========================================+========================+======================|\n",
    .name_width = 27,
    .first_row = "|%4u  %-27s    %-3s |   %16s %3s |%21s |",
    .second_row = "|%4s%6s%6s%16s / %5s |%s|%8s%13s |",
    .memory = "%11s / %9s ",
    .memory_alone = "%23s ",
    .third_row = "|                                         |                        |%21s |",
    .gpu_rule = "+-----------------------------------------+------------------------+----------------------+",
    .mig_header =
        "+-----------------------------------------------------------------------------------------+\n"
        "| MIG devices:                                                                            |\n"
        "+------------------+----------------------------------+-----------+-----------------------+\n"
        "| GPU  GI  CI  MIG |                     Memory-Usage |        Vol|        Shared         |\n"
        "|      ID  ID  Dev |                       BAR1-Usage | SM     Unc| CE ENC  DEC  OFA  JPG |\n"
        "|                  |                                  |        ECC|                       |\n"
        "|==================+==================================+===========+=======================|\n",
    .mig_row = "|%3u%5s%4s%4u  |%s|%3s%7s |%3s%4s%5s%5s%5s |",
    .mig_memory = "%19s / %8s    ",
    .mig_rule = "+------------------+----------------------------------+-----------+-----------------------+",
    .process_header =
        "+-----------------------------------------------------------------------------------------+\n"
        "| Processes:                                                                              |\n"
        "|  GPU   GI   CI        PID   Type   Process name                              GPU Memory |\n"
        "|        ID   ID                                                               Usage      |\n"
        "|=========================================================================================|\n",
    .process_instances = true,
    .pid_width = 10,
    .process_name_width = 38,
    .process_memory_width = 14,
    .blank_width = 89,
};

constexpr TableStyle kStyle570 = {
    .width = 91,
    .version_line = "| NVIDIA-SMI %-23sDriver Version: %-15sCUDA Version: %-9s|",
    .gpu_header =
        "|-----------------------------------------+------------------------+----------------------+\n"
        "| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |\n"
        "| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |\n"
        "|                                         |                        |               MIG M. |\n"
        "|=========================================+========================+======================|\n",
    .name_width = 27,
    .first_row = "|%4u  %-27s    %-3s |   %16s %3s |%21s |",
    .second_row = "|%4s%6s%6s%16s / %5s |%s|%8s%13s |",
    .memory = "%11s / %9s ",
    .memory_alone = "%23s ",
    .third_row = "|                                         |                        |%21s |",
    .gpu_rule = "+-----------------------------------------+------------------------+----------------------+",
    .mig_header =
        "+-----------------------------------------------------------------------------------------+\n"
        "| MIG devices:                                                                            |\n"
        "+------------------+----------------------------------+-----------+-----------------------+\n"
        "| GPU  GI  CI  MIG |              Shared Memory-Usage |        Vol|        Shared         |\n"
        "|      ID  ID  Dev |                Shared BAR1-Usage | SM     Unc| CE ENC  DEC  OFA  JPG |\n"
        "|                  |                                  |        ECC|                       |\n"
        "|==================+==================================+===========+=======================|\n",
    .mig_row = "|%3u%5s%4s%4u  |%s|%3s%7s |%3s%4s%5s%5s%5s |",
    .mig_memory = "%19s / %8s    ",
    .mig_rule = "+------------------+----------------------------------+-----------+-----------------------+",
    .process_header =
        "+-----------------------------------------------------------------------------------------+\n"
        "| Processes:                                                                              |\n"
        "|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |\n"
        "|        ID   ID                                                               Usage      |\n"
        "|=========================================================================================|\n",
    .process_instances = true,
    .pid_width = 16,
    .process_name_width = 32,
    .process_memory_width = 14,
    .blank_width = 89,
};

constexpr TableStyle kStyle580 = {
    .width = 91,
    .version_line = "| NVIDIA-SMI %-23sDriver Version: %-15sCUDA Version: %-9s|",
    .gpu_header =
        "+-----------------------------------------+------------------------+----------------------+\n"
        "| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |\n"
        "| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |\n"
        "|                                         |                        |               MIG M. |\n"
        "|=========================================+========================+======================|\n",
    .name_width = 27,
    .first_row = "|%4u  %-27s    %-3s |   %16s %3s |%21s |",
    .second_row = "|%4s%6s%6s%16s / %5s |%s|%8s%13s |",
    .memory = "%11s / %9s ",
    .memory_alone = "%23s ",
    .third_row = "|                                         |                        |%21s |",
    .gpu_rule = "+-----------------------------------------+------------------------+----------------------+",
    .mig_header =
        "+-----------------------------------------------------------------------------------------+\n"
        "| MIG devices:                                                                            |\n"
        "+------------------+----------------------------------+-----------+-----------------------+\n"
        "| GPU  GI  CI  MIG |              Shared Memory-Usage |        Vol|        Shared         |\n"
        "|      ID  ID  Dev |                Shared BAR1-Usage | SM     Unc| CE ENC  DEC  OFA  JPG |\n"
        "|                  |                                  |        ECC|                       |\n"
        "|==================+==================================+===========+=======================|\n",
    .mig_row = "|%3u%5s%4s%4u  |%s|%3s%7s |%3s%4s%5s%5s%5s |",
    .mig_memory = "%19s / %8s    ",
    .mig_rule = "+------------------+----------------------------------+-----------+-----------------------+",
    .process_header =
        "+-----------------------------------------------------------------------------------------+\n"
        "| Processes:                                                                              |\n"
        "|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |\n"
        "|        ID   ID                                                               Usage      |\n"
        "|=========================================================================================|\n",
    .process_instances = true,
    .pid_width = 16,
    .process_name_width = 32,
    .process_memory_width = 14,
    .blank_width = 0,
};

constexpr TableStyle kStyle610 = {
    .width = 91,
    .version_line = "| NVIDIA-SMI %-23sKMD Version: %-14sCUDA UMD Version: %-9s|",
    .gpu_header =
        "+-----------------------------------------+------------------------+----------------------+\n"
        "| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |\n"
        "| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |\n"
        "|                                         |                        |               MIG M. |\n"
        "|=========================================+========================+======================|\n",
    .name_width = 27,
    .first_row = "|%4u  %-27s    %-3s |   %16s %3s |%21s |",
    .second_row = "|%4s%6s%6s%16s / %5s |%s|%8s%13s |",
    .memory = "%11s / %9s ",
    .memory_alone = "%23s ",
    .third_row = "|                                         |                        |%21s |",
    .gpu_rule = "+-----------------------------------------+------------------------+----------------------+",
    .mig_header =
        "+-----------------------------------------------------------------------------------------+\n"
        "| MIG devices:                                                                            |\n"
        "+------------------+----------------------------------+-----------+-----------------------+\n"
        "| GPU  GI  CI  MIG |              Shared Memory-Usage |        Vol|        Shared         |\n"
        "|      ID  ID  Dev |                Shared BAR1-Usage | SM     Unc| CE ENC  DEC  OFA  JPG |\n"
        "|                  |                                  |        ECC|                       |\n"
        "|==================+==================================+===========+=======================|\n",
    .mig_row = "|%3u%5s%4s%4u  |%s|%3s%7s |%3s%4s%5s%5s%5s |",
    .mig_memory = "%19s / %8s    ",
    .mig_rule = "+------------------+----------------------------------+-----------+-----------------------+",
    .process_header =
        "+-----------------------------------------------------------------------------------------+\n"
        "| Processes:                                                                              |\n"
        "|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |\n"
        "|        ID   ID                                                               Usage      |\n"
        "|=========================================================================================|\n",
    .process_instances = true,
    .pid_width = 16,
    .process_name_width = 32,
    .process_memory_width = 14,
    .blank_width = 0,
};

}  // namespace

const TableStyle& style_of(Layout layout) {
  switch (layout) {
    case Layout::k410: return kStyle410;
    case Layout::k450: return kStyle450;
    case Layout::k530: return kStyle530;
    case Layout::k535: return kStyle535;
    case Layout::k550: return kStyle550;
    case Layout::k570: return kStyle570;
    case Layout::k580: return kStyle580;
    case Layout::k610: return kStyle610;
  }
  return kStyle610;
}

}  // namespace nvstack::smi
