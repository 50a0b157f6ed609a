/**
 * Runs TornadoVM task graphs on the JVM and finds mistakes that a GPU does not report. Internal: not part of the library's API.
 *
 * <p>The public API of TornadoVM is in {@code uk.ac.manchester.tornado.api}; its classes only record ({@link
 * stablediffusion.tornado.simulator.GraphRecording}) and hand over ({@link stablediffusion.tornado.simulator.PlanExecution}). Arrays have
 * separate copies on the device ({@link stablediffusion.tornado.simulator.DeviceArray}). A kernel is an ordinary static method whose accesses
 * to arrays are plain Java, so {@link stablediffusion.tornado.simulator.CheckedClassLoader} loads a copy of its class in which each access is
 * a call of {@link stablediffusion.tornado.simulator.Checked}. A {@link stablediffusion.tornado.simulator.Launch} runs that copy for every
 * {@link stablediffusion.tornado.simulator.WorkItem} of the grid, and reports mistakes as {@link
 * stablediffusion.tornado.simulator.KernelError}.
 */
package stablediffusion.tornado.simulator;
