package stablediffusion.cpu;

/** Runs a part of a compiled network on memory that was fixed when it was compiled. */
@FunctionalInterface
interface Step {
    void run();

    /** Returns a step that runs others one after the other. */
    static Step sequence(Iterable<? extends Step> steps) {
        return () -> steps.forEach(Step::run);
    }
}
