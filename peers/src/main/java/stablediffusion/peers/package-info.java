/**
 * Runs graphs with other libraries, PyTorch and ONNX Runtime, to compare times and outputs. The engines are found by
 * {@link java.util.ServiceLoader}; nothing else here is used from outside.
 */
package stablediffusion.peers;
