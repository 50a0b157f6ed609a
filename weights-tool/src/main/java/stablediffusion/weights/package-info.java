/**
 * Converts checkpoints to the format of the engines and back, inspects both, and writes models of random weights.
 */
package stablediffusion.weights;
