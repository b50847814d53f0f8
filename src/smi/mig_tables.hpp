// The tables of nvidia-smi mig.
#pragma once

#include <string>
#include <vector>

#include "smi/mig_profiles.hpp"

namespace nvstack::smi {

/// Does a list "0,2" name this id? "" names all.
bool is_chosen(const std::string& ids, unsigned id);

/// Profiles and instances as JSON: what the five tables show, by the names of the members.
Json mig_json(std::vector<Board*>& boards);

std::string render_gpu_profiles(const std::vector<Board*>& boards);
/// "GPU  0 Profile ID 19 Placements: {0,1,2,3,4,5,6}:1", one line a profile.
std::string render_placements(const std::vector<Board*>& boards);
std::string render_gpu_parts(const std::vector<Board*>& boards);
/// Of the GPU instances in `ids`; "" is all.
std::string render_compute_profiles(const std::vector<Board*>& boards, const std::string& ids);
std::string render_compute_parts(const std::vector<Board*>& boards, const std::string& ids);

}  // namespace nvstack::smi
