package stablediffusion.model.engine;

/**
 * Describes what the host does for one run of a network on a device.
 *
 * @param taskGraphs number of groups of tasks, each of which the host hands to the device and waits for
 * @param tasks number of kernels that the device runs
 * @param compiled number of tasks that were compiled; the others use the code of one of these
 * @param recorded whether the device has recorded the tasks, so that the host launches each task graph as one
 */
public record Launches(int taskGraphs, int tasks, int compiled, boolean recorded) {}
