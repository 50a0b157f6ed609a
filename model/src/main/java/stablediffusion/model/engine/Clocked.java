package stablediffusion.model.engine;

import java.util.Map;

/** An {@link Executable} that tells its computing from what brings the inputs there and the output back. */
public interface Clocked {

    /** Runs the network once as {@link Executable#run} does. @return nanoseconds of the computing alone */
    long computing(Map<String, Tensor> inputs);
}
