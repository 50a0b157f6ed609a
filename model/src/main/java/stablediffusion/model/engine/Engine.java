package stablediffusion.model.engine;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

/**
 * Runs graphs on one device at one precision.
 */
public interface Engine extends AutoCloseable {

    /** Returns where it runs and how, for people: "cpu: oneDNN 3.11, 2 threads, bf16". */
    String description();

    /** Returns the precision of activations and products. */
    Precision precision();

    /** Returns the precision in which activations are stored, which may be another than that of products. */
    default Precision activations() {
        return precision();
    }

    /** Estimates the memory that {@link #compile} takes for a graph. */
    MemoryNeed memory(Graph graph);

    /**
     * Loads the weights and prepares everything that a run needs, so that a run allocates nothing.
     *
     * @throws stablediffusion.model.UserException where a weight is missing
     * @throws DeviceMemoryException where the device has too little memory
     */
    Executable compile(Graph graph, Weights weights);

    /**
     * Does the same, and reports when the weights are loaded and the compiling of kernels begins.
     *
     * @param compiling called when kernels begin to be compiled for the device; never by engines that have theirs compiled
     */
    default Executable compile(Graph graph, Weights weights, Runnable compiling) {
        return compile(graph, weights);
    }

    @Override
    void close();
}
