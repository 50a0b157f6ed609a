/**
 * Runs graphs on the processor: each operation becomes a sequence of oneDNN's primitives, called through JavaCPP. The engine is found by
 * {@link java.util.ServiceLoader}; nothing else here is used from outside.
 */
package stablediffusion.cpu;
