package stablediffusion.model.engine;

import java.util.Map;

/** Measures the computing of an {@link Executable} apart from the copies of its inputs and its output. */
public interface Clocked {

    /**
     * Runs the network once as {@link Executable#run} does.
     *
     * @return nanoseconds of the computing alone
     */
    long computing(Map<String, Tensor> inputs);
}
