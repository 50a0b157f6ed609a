package stablediffusion.server.queue;

import stablediffusion.GenerationListener;
import stablediffusion.GenerationRequest;

import java.util.List;
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
     * Returns a key that equals those of the requests whose pictures can be painted together with this one. May be called from any thread, also after {@link #close}.
     *
     * @param prepared what {@link #prepare} returned
     * @throws stablediffusion.model.UserException if a prompt cannot be read
     */
    Object batchKey(GenerationRequest prepared);

    /**
     * Loads and compiles what pictures of the model's own size need, so that the first request need not wait for it.
     *
     * @param cancelled asked from time to time whether it shall stop
     */
    void warmUp(BooleanSupplier cancelled);

    /**
     * Paints pictures together.
     *
     * @param requests at least one; those of several have equal {@link #batchKey}s
     * @param listener receives each picture in the order of the requests, and can cancel
     * @throws java.util.concurrent.CancellationException if the listener asked for it
     * @throws stablediffusion.model.UserException if the model or the device cannot do it
     */
    void paint(List<GenerationRequest> requests, GenerationListener listener);

    /** Describes what runs the networks, for people. */
    String engine();

    @Override
    void close();
}
