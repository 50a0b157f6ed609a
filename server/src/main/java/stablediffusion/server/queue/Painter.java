package stablediffusion.server.queue;

import stablediffusion.GenerationListener;
import stablediffusion.GenerationRequest;

import java.util.function.BooleanSupplier;

/** Paints pictures with one model on one engine. */
public interface Painter extends AutoCloseable {

    /** Opens a model on an engine. */
    interface Factory {
        /**
         * Opens a model.
         *
         * @param model a name that the server lists
         * @throws stablediffusion.model.UserException if it cannot be opened
         */
        Painter open(String model);
    }

    /**
     * Checks a request and fills in what it leaves to the model. May be called from any thread, also after {@link #close}.
     *
     * @throws stablediffusion.model.UserException if the model cannot do it
     */
    GenerationRequest prepare(GenerationRequest request);

    /**
     * Loads and compiles what pictures of the model's own size need, so that the first request need not wait for it.
     *
     * @param cancelled asked from time to time whether it shall stop
     */
    void warmUp(BooleanSupplier cancelled);

    /**
     * Paints pictures together: the request's and those of the seeds after it.
     *
     * @param listener receives each picture in the order of the seeds, and can cancel
     * @throws java.util.concurrent.CancellationException if the listener asked for it
     * @throws stablediffusion.model.UserException if the model or the device cannot do it
     */
    void paint(GenerationRequest first, int count, GenerationListener listener);

    /** Describes what runs the networks, for people. */
    String engine();

    @Override
    void close();
}
