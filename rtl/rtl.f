# SPDX-License-Identifier: Apache-2.0
# Sources of the detector and of its bus wrapper, in dependency order; paths are relative to this file.
assay_pkg.sv
rom.sv
feature_memory.sv
pixel_align.sv
mac_array.sv
code_array.sv
requantise.sv
add_codes.sv
activation_table.sv
tile_walker.sv
tile_drain.sv
conv_engine.sv
clock_gate.sv
divider.sv
box_decode.sv
class_score.sv
candidate_sort.sv
q_nms.sv
detect_head.sv
sequencer.sv
detector.sv
detector_registers.sv
image_writer.sv
run_control.sv
box_sender.sv
detector_axi.sv
