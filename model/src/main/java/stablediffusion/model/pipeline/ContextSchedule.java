package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Tensor;

import java.util.List;

/** Holds the contexts that the UNet reads, one for each step of a run, and how far the run is. */
final class ContextSchedule {
    private final List<Tensor> contexts;
    private int step;

    /** @param contexts of the same shape, for each step that is taken, or more */
    ContextSchedule(List<Tensor> contexts) {
        this.contexts = contexts;
    }

    /** Returns the context of the current step. */
    Tensor current() {
        return contexts.get(Math.min(step, contexts.size() - 1));
    }

    /** Goes on to the next step. */
    void stepDone() {
        step++;
    }
}
