package uk.ac.manchester.tornado.api.enums;

/** Where the profiler's figures go: to the console, or only into the result. */
public enum ProfilerMode {
    CONSOLE,
    SILENT
}
