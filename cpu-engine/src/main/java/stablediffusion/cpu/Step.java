package stablediffusion.cpu;

/** A part of a compiled network: runs on memory that was fixed when it was compiled. */
@FunctionalInterface
interface Step {
    void run();

    /** One after the other. */
    static Step sequence(Iterable<? extends Step> steps) {
        return () -> steps.forEach(Step::run);
    }
}
