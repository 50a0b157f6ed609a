/**
 * Applies adapters to a model while its weights are read: LoRAs and embeddings of textual inversion.
 */
package stablediffusion.weights.adapter;
