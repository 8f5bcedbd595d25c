#!/bin/bash
use masters

place_pki
