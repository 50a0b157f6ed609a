package stablediffusion.model.engine;

import java.util.List;
import java.util.Map;

/** An {@link Executable} that can say where its time goes. */
public interface Profiled {

    /** Runs the network once as {@link Executable#run} does, and gives the time of each operation in the order in which they ran. */
    List<OperationTime> profile(Map<String, Tensor> inputs);
}
