package uk.ac.manchester.tornado.api;

/** Describes the number of work-items of a task and of a work-group, in up to three dimensions. */
public interface WorkerGrid {

    int dimension();

    long[] getGlobalWork();

    /** Returns the size of a work-group; null to let the device choose. */
    long[] getLocalWork();

    long[] getNumberOfWorkgroups();

    long[] getGlobalOffset();

    void setGlobalWork(long x, long y, long z);

    void setLocalWork(long x, long y, long z);

    void setNumberOfWorkgroupsToNull();

    void setLocalWorkToNull();

    void setGlobalOffset(long x, long y, long z);
}
