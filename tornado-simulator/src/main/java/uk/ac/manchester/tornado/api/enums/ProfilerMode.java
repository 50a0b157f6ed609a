package uk.ac.manchester.tornado.api.enums;

/** Selects the output of the profiler: the console, or only the result. */
public enum ProfilerMode {
    CONSOLE,
    SILENT
}
