/**
 * Reads and writes checkpoints in the formats of torch and safetensors. Internal: not part of the library's API.
 */
package stablediffusion.weights.checkpoint;
