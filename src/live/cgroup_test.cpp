// Goal: every runtime's way of naming control groups, v1 and v2, systemd and cgroupfs, is read for what it
// is.
#include "live/cgroup.hpp"

#include <doctest.h>

#include <vector>

using namespace nvstack::live;

namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kUid = "1b2c3d4e-5f60-4718-9a0b-1c2d3e4f5a6b",
                  kUidScored = "1b2c3d4e_5f60_4718_9a0b_1c2d3e4f5a6b";

struct Row {
  std::string text;
  Runtime runtime;
  std::string container = {}, pod = {}, job = {}, unit = {}, owner = {};
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      // docker: v2 systemd, v2 cgroupfs, v1
      {"0::/system.slice/docker-" + kId + ".scope\n", Runtime::kDocker, kId, "", "",
       "docker-" + kId + ".scope"},
      {"0::/docker/" + kId + "\n", Runtime::kDocker, kId},
      {"12:devices:/docker/" + kId + "\n1:name=systemd:/docker/" + kId + "\n0::/\n", Runtime::kDocker, kId},
      // containerd: pods by systemd, by the slice:prefix:id form, by cgroupfs; nerdctl without pods
      {"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kUidScored +
           ".slice/cri-containerd-" + kId + ".scope\n",
       Runtime::kContainerd, kId, kUid, "", "cri-containerd-" + kId + ".scope"},
      {"0::/system.slice/containerd.service/kubepods-besteffort-pod" + kUidScored +
           ".slice:cri-containerd:" + kId + "\n",
       Runtime::kContainerd, kId, kUid, "", "containerd.service"},
      {"11:memory:/kubepods/burstable/pod" + kUid + "/" + kId + "\n", Runtime::kUnknown, kId, kUid},
      {"0::/kubepods/pod" + kUid + "/" + kId + "\n", Runtime::kUnknown, kId, kUid},
      {"0::/default/" + kId + "\n", Runtime::kContainerd, kId},
      {"0::/system.slice/nerdctl-" + kId + ".scope\n", Runtime::kContainerd, kId, "", "",
       "nerdctl-" + kId + ".scope"},
      // a node that is itself a container
      {"0::/docker/" + kId + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + kUidScored +
           ".slice/cri-containerd-" + kId + ".scope\n",
       Runtime::kContainerd, kId, kUid, "", "cri-containerd-" + kId + ".scope"},
      // CRI-O: systemd, cgroupfs
      {"0::/kubepods.slice/kubepods-pod" + kUidScored + ".slice/crio-" + kId + ".scope/container\n",
       Runtime::kCrio, kId, kUid, "", "crio-" + kId + ".scope"},
      {"9:cpu,cpuacct:/kubepods/besteffort/pod" + kUid + "/crio-" + kId + "\n", Runtime::kCrio, kId, kUid},
      // podman: root, a user's, cgroupfs
      {"0::/machine.slice/libpod-" + kId + ".scope/container\n", Runtime::kPodman, kId, "", "",
       "libpod-" + kId + ".scope"},
      {"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope\n",
       Runtime::kPodman, kId, "", "", "libpod-" + kId + ".scope", "1000"},
      {"0::/libpod_parent/libpod-" + kId + "\n", Runtime::kPodman, kId},
      // LXC and nspawn
      {"0::/lxc.payload.web01/system.slice/cron.service\n", Runtime::kLxc, "web01", "", "", "cron.service"},
      {"4:devices:/lxc/web01\n", Runtime::kLxc, "web01"},
      {"0::/lxc.payload/web01\n", Runtime::kLxc, "web01"},
      {"0::/machine.slice/systemd-nspawn@deb.service/payload\n", Runtime::kNspawn, "deb", "", "",
       "systemd-nspawn@deb.service"},
      // Slurm: v1 and v2
      {"11:memory:/slurm/uid_1000/job_4711/step_0/task_0\n", Runtime::kNone, "", "", "4711.0"},
      {"0::/system.slice/slurmstepd.scope/job_4711/step_batch/user/task_0\n", Runtime::kNone, "", "",
       "4711.batch", "slurmstepd.scope"},
      {"5:cpuset:/slurm/uid_7/job_12\n1:memory:/slurm/uid_7/job_12/step_3\n", Runtime::kNone, "", "", "12.3"},
      {"5:cpuset:/slurm/uid_7/job_12/step_3\n1:memory:/slurm/uid_7/job_12\n", Runtime::kNone, "", "", "12.3"},
      // units and logins
      {"0::/system.slice/ollama.service\n", Runtime::kNone, "", "", "", "ollama.service"},
      {"0::/user.slice/user-1001.slice/session-4.scope\n", Runtime::kNone, "", "", "", "session-4.scope",
       "1001"},
      // none, and hostile
      {"", Runtime::kNone},
      {"0::/\n", Runtime::kNone},
      {"no colons at all\n:\n::", Runtime::kNone},
      {"0::/job_x/step_1/pod" + kUid + "\n", Runtime::kNone},
      {"0::/kubepods/pod-not-a-uid/lxc.monitor\n", Runtime::kNone},
      {"0::/docker/0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n", Runtime::kNone},
  };
  return all;
}

}  // namespace

TEST_CASE("the text of /proc/PID/cgroup tells container, pod, job and unit") {
  for (const Row& row : rows()) {
    CAPTURE(row.text);
    const Place place = parse_cgroup(row.text);
    CHECK(runtime_name(place.runtime) == std::string(runtime_name(row.runtime)));
    CHECK(place.container == row.container);
    CHECK(place.pod == row.pod);
    CHECK(place.job == row.job);
    CHECK(place.unit == row.unit);
    CHECK(place.owner == row.owner);
  }
}

TEST_CASE("what is shown of hostile names is printable and short") {
  const Place place =
      parse_cgroup("0::/lxc/\x1b[31mred\n1::/system.slice/" + std::string(5000, 'x') + ".service\n");
  CHECK(place.container == "\\x1b[31mred");
  CHECK(place.unit.size() < 200);
}

TEST_CASE("one word for a column") {
  CHECK(place_word(parse_cgroup("0::/docker/" + kId)) == "0123456789ab");
  CHECK(place_word(parse_cgroup("0::/lxc/web01")) == "web01");
  CHECK(place_word(parse_cgroup("0::/kubepods/pod" + kUid)) == "pod 1b2c3d4e");
  CHECK(place_word(parse_cgroup("0::/slurm/uid_1/job_5/step_0")) == "job 5.0");
  CHECK(place_word(parse_cgroup("0::/system.slice/ollama.service")) == "ollama");
  CHECK(place_word(parse_cgroup("0::/user.slice/user-1001.slice/session-4.scope")) == "login");
  CHECK(place_word(Place{}) == "");
  Place named = parse_cgroup("0::/kubepods/pod" + kUid + "/" + kId);
  named.pod_name = "trainer-0";
  CHECK(place_word(named) == "trainer-0");
}
