package stablediffusion.model.engine;

import java.util.Map;

/**
 * Runs a graph with its weights, as often as needed. Not for two threads at once.
 */
public interface Executable extends AutoCloseable {

    /**
     * Runs the network once.
     *
     * @param inputs a tensor for each input of the graph, by name and of its shape
     */
    Tensor run(Map<String, Tensor> inputs);

    /** Frees weights and buffers. */
    @Override
    void close();
}
