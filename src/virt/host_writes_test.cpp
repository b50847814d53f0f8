// Goal: what root writes into control files of sysfs and procfs has the kernel's effect, stays, and is shown;
// nonsense is refused with the kernel's errno and changes nothing.
#include <cerrno>

#include "virt/host_events.hpp"
#include "virt/test_model.hpp"
#include "virt/tree.hpp"

using namespace nvstack;
using namespace nvstack::virt;
using namespace nvstack::virt::test;

namespace {

constexpr const char* kDrivers = "/sys/bus/pci/drivers/";

struct Writes {
  explicit Writes(const std::string& toml)
      : model(make_model(toml)), events(*model), calls(events.callbacks([] { return nullptr; })) {}

  int write(const std::string& path, const std::string& text, unsigned uid = 0) {
    return calls.written({1, path, 100, uid, false}, text, 1);
  }
  int write_driver(const std::string& file, const std::string& text) { return write(kDrivers + file, text); }
  int write_gpu(std::size_t gpu, const std::string& file, const std::string& text) {
    return write("/sys/devices/pci0000:00/" + bdf(gpu) + "/" + file, text);
  }
  std::string bdf(std::size_t gpu) const { return model->scenario().gpus[gpu].bdf; }
  std::string id(std::size_t gpu) const {
    char text[16];
    std::snprintf(text, sizeof text, "%04x %04x", model->scenario().gpus[gpu].board.vendor_id,
                  model->scenario().gpus[gpu].board.device_id);
    return text;
  }
  std::string shown(const std::string& path) const {
    const Tree tree = render_host(model->machine(), {});
    const auto at = tree.find(path);
    return at == tree.end() ? "(none)" : at->second.content;
  }

  std::unique_ptr<Model> model;
  HostEvents events;
  NodeEvents calls;
};

std::string with_vfio(unsigned count) {
  return "[driver]\nversion = \"580.95.05\"\nmodules = [\"nvidia\", \"vfio_pci\"]\n[[gpu]]\nboard = "
         "\"h100\"\ncount = " +
         std::to_string(count) + "\n";
}

}  // namespace

TEST_CASE("only root writes") {
  Writes writes(machine_of("h100"));
  CHECK(writes.calls.written({1, std::string(kDrivers) + "nvidia/unbind", 100, 1000, false}, writes.bdf(0),
                             1) == EACCES);
  CHECK(writes.write("/sys/bus/pci/rescan", "1", 1000) == EACCES);
  CHECK(writes.write("/dev/kmsg", "text", 1000) == EACCES);
  CHECK(writes.model->bound[0] == "nvidia");
}

TEST_CASE("the kernel log takes lines") {
  Writes writes(machine_of("h100"));
  CHECK(writes.write("/dev/kmsg", "hello from the test") == 0);
  CHECK(has_line(*writes.model, "hello from the test"));
}

TEST_CASE("unbind and bind") {
  Writes writes(machine_of("h100", 2));
  CHECK(writes.write_driver("nvidia/unbind", "0000:ff:00.0") == ENODEV);
  CHECK(writes.write_driver("nvidia/unbind", "nonsense") == ENODEV);
  CHECK(writes.write_driver("nvidia/unbind", "") == ENODEV);
  CHECK(writes.write_driver("vfio-pci/unbind", writes.bdf(0)) == ENODEV);  // another driver's
  CHECK(writes.write_driver("nvidia/bind", writes.bdf(0)) == EBUSY);       // bound already
  CHECK(writes.write_driver("nvidia/unbind", writes.bdf(0)) == 0);
  CHECK(writes.model->bound[0].empty());
  CHECK(writes.write_driver("nvidia/unbind", writes.bdf(0)) == ENODEV);
  CHECK(writes.write_driver("nvidia/bind", writes.bdf(0) + " ") == 0);
  CHECK(writes.model->bound[0] == "nvidia");
  CHECK(writes.model->open(1).code == 0);
  CHECK(writes.write_driver("nvidia/unbind", writes.bdf(1)) == EBUSY);  // somebody holds it
  CHECK(has_line(*writes.model, "with non-zero usage count!"));
}

TEST_CASE("an override decides which driver fits, is shown, and a line end clears it") {
  Writes writes(with_vfio(2));
  const std::string first = writes.bdf(0);
  CHECK(writes.write_driver("nvidia/unbind", first) == 0);
  CHECK(writes.write_driver("vfio-pci/bind", first) == ENODEV);  // its table is empty
  CHECK(writes.write_gpu(0, "driver_override", "vfio-pci") == 0);
  CHECK(writes.model->driver_override[0] == "vfio-pci");
  CHECK(writes.model->machine().gpus[0].driver_override == "vfio-pci");
  CHECK(writes.write_driver("nvidia/bind", first) == ENODEV);
  CHECK(writes.write_driver("vfio-pci/bind", first) == 0);
  CHECK(writes.model->bound[0] == "vfio-pci");
  CHECK(writes.model->driver_override[1].empty());
  CHECK(writes.write_gpu(0, "driver_override", std::string(4095, 'x')) == EINVAL);
  CHECK(writes.model->driver_override[0] == "vfio-pci");
  CHECK(writes.write_gpu(0, "driver_override", "") == 0);
  CHECK(writes.model->driver_override[0].empty());
  CHECK(writes.write_driver("vfio-pci/unbind", first) == 0);
  CHECK(writes.write_driver("nvidia/bind", first) == 0);
}

TEST_CASE("the override is in the file that was written") {
  Writes writes(machine_of("h100"));
  const Tree before = render_host(writes.model->machine(), {});
  std::string file;
  for (const auto& [path, node] : before)
    if (path.starts_with("/sys/devices/") && path.ends_with(writes.bdf(0) + "/driver_override")) file = path;
  REQUIRE(!file.empty());
  CHECK(writes.shown(file) == "(null)\n");
  CHECK(writes.write(file, "vfio-pci") == 0);
  CHECK(writes.shown(file) == "vfio-pci\n");
  CHECK(writes.model->take_machine_change());
}

TEST_CASE("a new id binds what no driver has, once, and nonsense is refused") {
  Writes writes(with_vfio(2));
  CHECK(writes.write_driver("nvidia/unbind", writes.bdf(1)) == 0);
  for (const char* nonsense :
       {"", "10de", "zzzz 2330", "10de zzzz", "10de 2330 q", "1 2 3 4 5 6 7 8", "10deee 2330", "10de 12345"})
    CHECK_MESSAGE(writes.write_driver("vfio-pci/new_id", nonsense) == EINVAL, nonsense);
  CHECK(writes.model->bound[1].empty());
  CHECK(writes.write_driver("vfio-pci/new_id", "10de 0001") == 0);  // of no GPU here
  CHECK(writes.model->bound[1].empty());
  CHECK(writes.write_driver("vfio-pci/new_id", writes.id(0)) == 0);
  CHECK(writes.model->bound[0] == "nvidia");  // who has a driver keeps it
  CHECK(writes.model->bound[1] == "vfio-pci");
  CHECK(writes.write_driver("vfio-pci/new_id", writes.id(0)) == EEXIST);
}

TEST_CASE("an id that is taken away is offered no more") {
  Writes writes(with_vfio(1));
  CHECK(writes.write_driver("vfio-pci/remove_id", writes.id(0)) == ENODEV);
  CHECK(writes.write_driver("vfio-pci/remove_id", "x") == EINVAL);
  CHECK(writes.write_driver("vfio-pci/new_id", writes.id(0)) == 0);
  CHECK(writes.write_driver("vfio-pci/remove_id", writes.id(0)) == 0);
  CHECK(writes.write_driver("nvidia/unbind", writes.bdf(0)) == 0);
  CHECK(writes.write_driver("vfio-pci/bind", writes.bdf(0)) == ENODEV);
  CHECK(writes.write_driver("vfio-pci/new_id", "0x10de " + writes.id(0).substr(5)) == 0);
  CHECK(writes.model->bound[0] == "vfio-pci");
}

TEST_CASE("rescan finds what was removed, and gives it to the driver that fits") {
  Writes writes(with_vfio(2));
  CHECK(writes.write_gpu(0, "remove", "0") == 0);  // nothing
  CHECK(writes.write_gpu(0, "remove", "yes") == EINVAL);
  CHECK(writes.model->machine().gpus.size() == 2);
  CHECK(writes.write_gpu(0, "driver_override", "vfio-pci") == 0);
  CHECK(writes.write_gpu(0, "remove", "1") == 0);
  CHECK(writes.model->machine().gpus.size() == 1);
  CHECK(writes.write_gpu(0, "remove", "1") == EBUSY);  // it has no file any more
  CHECK(writes.write_driver("nvidia/bind", writes.bdf(0)) == ENODEV);
  CHECK(writes.write("/sys/bus/pci/rescan", "0") == 0);
  CHECK(writes.model->machine().gpus.size() == 1);
  CHECK(writes.write("/sys/bus/pci/rescan", "now") == EINVAL);
  CHECK(writes.write("/sys/bus/pci/rescan", "1") == 0);
  CHECK(writes.model->machine().gpus.size() == 2);
  CHECK(writes.model->bound[0] == "vfio-pci");
  CHECK(writes.model->bound[1] == "nvidia");
}

TEST_CASE("a GPU that is held is neither removed nor reset") {
  Writes writes(machine_of("h100"));
  CHECK(writes.model->open(0).code == 0);
  CHECK(writes.model->open(0).code == 0);
  CHECK(writes.write_gpu(0, "remove", "1") == EBUSY);
  CHECK(writes.write_gpu(0, "reset", "1") == EBUSY);
  CHECK(writes.write_gpu(0, "reset", "0") == EINVAL);
  writes.model->close(0), writes.model->close(0);
  CHECK(writes.write_gpu(0, "reset", "1") == 0);
  CHECK(writes.write_gpu(0, "remove", "1") == 0);
}

TEST_CASE("registry keys of the module are listed in the order they came, each once") {
  Writes writes(machine_of("h100"));
  const std::string file = "/proc/driver/nvidia/registry";
  CHECK(writes.shown(file) == "Binary: \"\"\n");
  CHECK(writes.write(file, "RmFirst=binary") == 0);
  CHECK(writes.write(file, "RmSecond=a=b") == 0);
  CHECK(writes.write(file, "RmFirst=again") == 0);
  CHECK(writes.shown(file) == "Binary: \"RmFirst, RmSecond\"\n");
  for (const std::string& nonsense :
       {std::string(), std::string("RmThird"), std::string("=value"), std::string(64, 'k') + "=1",
        std::string("a b=1"), std::string("a,b=1"), std::string("a\"b=1")})
    CHECK_MESSAGE(writes.write(file, nonsense) == EINVAL, nonsense);
  CHECK(writes.shown(file) == "Binary: \"RmFirst, RmSecond\"\n");
}

TEST_CASE("registry keys of a GPU are its own") {
  Writes writes(machine_of("h100", 2));
  const std::string first = "/proc/driver/nvidia/gpus/" + writes.bdf(0) + "/registry";
  const std::string second = "/proc/driver/nvidia/gpus/" + writes.bdf(1) + "/registry";
  CHECK(writes.write(second, "RmOwn=1") == 0);
  CHECK(writes.shown(first) == "Binary: \"\"\n");
  CHECK(writes.shown(second) == "Binary: \"RmOwn\"\n");
  CHECK(writes.shown("/proc/driver/nvidia/registry") == "Binary: \"\"\n");
  CHECK(writes.write("/proc/driver/nvidia/gpus/0000:ff:00.0/registry", "RmOwn=1") == ENODEV);
}

TEST_CASE("sleep: one kind at a time, ended by resume") {
  Writes writes(machine_of("h100"));
  const std::string file = "/proc/driver/nvidia/suspend";
  CHECK(writes.write(file, "sleep") == EINVAL);
  CHECK(writes.write(file, "") == EINVAL);
  CHECK(writes.write(file, "resume") == 0);
  CHECK(writes.write(file, "suspend") == 0);
  CHECK(writes.model->power_state == "suspend");
  CHECK(writes.write(file, "suspend") == 0);
  CHECK(writes.write(file, "hibernate") == EIO);
  CHECK(writes.model->power_state == "suspend");
  CHECK((gpu_of(*writes.model).flags & channel::kAsleep) != 0);
  CHECK(writes.write(file, "resume") == 0);
  CHECK(writes.model->power_state.empty());
  CHECK((gpu_of(*writes.model).flags & channel::kAsleep) == 0);
  CHECK(writes.write(file, "hibernate") == 0);
  CHECK(writes.write("/proc/driver/nvidia/suspend_depth", "uvm") == 0);
  CHECK(writes.write("/proc/driver/nvidia/suspend_depth", "deep") == EINVAL);
}
