// nvidia-smi, the drop-in.
#include "smi/run.hpp"

int main(int argc, char** argv) {
  return nvstack::smi::smi_main(argc, argv);
}
