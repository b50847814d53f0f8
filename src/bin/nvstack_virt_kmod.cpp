// modprobe, rmmod, insmod and lsmod inside a virtual host.
#include "virt/kmod.hpp"

int main(int argc, char** argv) {
  return nvstack::virt::kmod_main(argc, argv);
}
