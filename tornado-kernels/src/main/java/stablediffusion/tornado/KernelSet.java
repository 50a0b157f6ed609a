package stablediffusion.tornado;

/**
 * The kernels of a class of devices, where these differ.
 */
interface KernelSet {

    /** Work-items of a group, for kernels that take any number. */
    int lanes();

    /** What is special about them, for a description; often empty. */
    default String remark() {
        return "";
    }

    void product(TaskGraphBuilder builder, String layer, ProductArguments product);

    void attention(TaskGraphBuilder builder, String layer, AttentionArguments attend);
}
