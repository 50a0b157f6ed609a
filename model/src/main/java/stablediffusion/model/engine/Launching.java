package stablediffusion.model.engine;

/** Runs a network by launching kernels on a device. */
public interface Launching {

    /** Returns the host's part in each run. */
    Launches launches();
}
