/**
 * Describes networks as graphs of operations on values of fixed shapes, and optimizes them for engines: merges operations and plans memory.
 * Internal: not part of the library's API.
 */
package stablediffusion.model.graph;
