package stablediffusion.model.engine;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.weights.Weights;

/**
 * Runs graphs on one device at one precision.
 */
public interface Engine extends AutoCloseable {

    /** Where it runs and how, for people: "cpu: oneDNN 3.11, 2 threads, bf16". */
    String description();

    /** The precision of activations and products. */
    Precision precision();

    /** The precision in which activations are stored, where that is another one. */
    default Precision activations() {
        return precision();
    }

    /** What {@link #compile} would take for a graph. */
    MemoryNeed memory(Graph graph);

    /**
     * Loads the weights and prepares everything that a run needs, so that a run allocates nothing.
     *
     * @throws stablediffusion.model.UserException where a weight is missing
     * @throws DeviceMemoryException where the device has too little memory
     */
    Executable compile(Graph graph, Weights weights);

    /**
     * The same, saying when it turns from the weights to the code.
     *
     * @param compiling is run when kernels begin to be compiled for the device; never by engines that bring theirs along
     */
    default Executable compile(Graph graph, Weights weights, Runnable compiling) {
        return compile(graph, weights);
    }

    @Override
    void close();
}
