package uk.ac.manchester.tornado.api.runtime;

import stablediffusion.tornado.simulator.SimulatedRuntime;
import uk.ac.manchester.tornado.api.TornadoRuntime;

/** Provides the runtime. */
public class TornadoRuntimeProvider {

    private static final TornadoRuntime RUNTIME = new SimulatedRuntime();

    public TornadoRuntimeProvider() {}

    public static TornadoRuntime getTornadoRuntime() {
        return RUNTIME;
    }

    public static boolean isProfilerEnabled() {
        return RUNTIME.isProfilerEnabled();
    }

    /** Sets a property of the runtime. The simulator has one device and ignores which one a graph is for. */
    public static void setProperty(String key, String value) {}
}
