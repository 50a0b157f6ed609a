package stablediffusion.tornado;

/**
 * Adds the tasks of products and attention, whose kernels differ between CPUs and GPUs.
 */
interface KernelSet {

    /** Returns the work-group size of the kernels that take any size. */
    int lanes();

    /** Returns an addition to the engine's description, such as ", tuned"; often empty. */
    default String remark() {
        return "";
    }

    /** @param layer name for messages */
    void product(TaskGraphBuilder builder, String layer, ProductArguments product);

    /** @param layer name for messages */
    void attention(TaskGraphBuilder builder, String layer, AttentionArguments attention);
}
